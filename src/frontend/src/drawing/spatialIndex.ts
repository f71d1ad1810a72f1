/** Rectangles by where they are, so that only those close by are looked at, however large the drawing is. */

import type { Rect } from "../shell/geometry";
import type { Point } from "../shell/protocol";

const CELL = 256;
const ROWS = 2 ** 24;

/** Things with a rectangle each, in cells of the drawing. */
export class SpatialIndex<T extends Rect> {
  private readonly cells = new Map<number, T[]>();

  constructor(things: Iterable<T>) {
    for (const thing of things) this.add(thing);
  }

  add(thing: T): void {
    for (const cell of cellsOf(thing)) {
      const here = this.cells.get(cell);
      if (here) here.push(thing);
      else this.cells.set(cell, [thing]);
    }
  }

  /** Return the things at a point, and some that are only close to it. */
  at([x, y]: Point): readonly T[] {
    return this.cells.get(cell(Math.floor(x / CELL), Math.floor(y / CELL))) ?? [];
  }

  /** Return the things that touch a rectangle, and some that are only close to it. */
  around(rect: Rect): Iterable<T> {
    const cells = cellsOf(rect);
    const [only] = cells;
    if (only !== undefined && cells.length === 1) return this.cells.get(only) ?? []; // nearly always
    return new Set(cells.flatMap((number) => this.cells.get(number) ?? []));
  }
}

function cell(across: number, down: number): number {
  return across * ROWS + down;
}

function cellsOf({ left, top, right, bottom }: Rect): number[] {
  const found: number[] = [];
  for (let x = Math.floor(left / CELL); x * CELL <= right; x += 1) {
    for (let y = Math.floor(top / CELL); y * CELL <= bottom; y += 1) found.push(cell(x, y));
  }
  return found;
}
