/** Copies: kept for all drawings of the page, and as text for other pages where the browser allows. */

import type { DoPaste, Fields, Id, Sections } from "../shell/protocol";

export interface Copied {
  system: Id;
  elements: readonly Fields[];
  flows: readonly Fields[];
  boundaries: readonly Fields[];
  assets: readonly Fields[];
}

const MARK = "nbthreat-things";
let kept: Copied | null = null;

/** Return the selected things, all that is inside selected boundaries, and the flows between them. */
export function pick(ids: readonly Id[], view: Sections): Copied {
  const chosen = new Set(ids);
  let size = -1;
  while (size !== chosen.size) {
    size = chosen.size;
    for (const boundary of Object.values(view.boundaries))
      if (boundary.within && chosen.has(boundary.within)) chosen.add(boundary.id);
    for (const element of Object.values(view.elements))
      if (element.boundary && chosen.has(element.boundary)) chosen.add(element.id);
  }
  const elements = Object.values(view.elements).filter(({ id }) => chosen.has(id));
  const flows = Object.values(view.flows).filter(({ source, target }) => chosen.has(source) && chosen.has(target));
  const boundaries = Object.values(view.boundaries)
    .filter(({ id }) => chosen.has(id))
    .map((boundary) =>
      boundary.empty
        ? { ...boundary, x: boundary.left + boundary.width / 2, y: boundary.top + boundary.height / 2 }
        : boundary,
    );
  const held = new Set([
    ...elements.flatMap(({ holds }) => holds ?? []),
    ...flows.flatMap(({ carries }) => carries ?? []),
  ]);
  const assets = Object.values(view.assets).filter(({ id }) => held.has(id) || chosen.has(id));
  const fields = (things: readonly object[]): Fields[] => things.map((thing) => ({ ...thing }) as unknown as Fields);
  return {
    system: view.system.system.id,
    elements: fields(elements),
    flows: fields(flows),
    boundaries: fields(boundaries),
    assets: fields(assets),
  };
}

export function isNothing(copied: Copied): boolean {
  return copied.elements.length + copied.boundaries.length === 0;
}

export function keep(copied: Copied): void {
  kept = copied;
  const text = JSON.stringify({ [MARK]: 1, ...copied });
  void navigator.clipboard?.writeText(text).catch(() => undefined); // may be refused: the page's own copy is enough
}

/** Return what to paste: things in the text if there are any, else what was last copied on this page. */
export function taken(text: string): Copied | null {
  try {
    const found = JSON.parse(text) as Record<string, unknown> | null;
    const lists = [found?.["elements"], found?.["flows"], found?.["boundaries"], found?.["assets"]];
    if (found?.[MARK] === 1 && lists.every(Array.isArray)) return found as unknown as Copied;
  } catch {
    // some other text
  }
  return kept;
}

/** Return the operation that pastes; what is held is already there when it goes back to where it came from. */
export function pasting(copied: Copied, system: Id, shift: readonly [number, number]): DoPaste {
  const { elements, flows, boundaries, assets } = copied;
  return { op: "paste", elements, flows, boundaries, ...(copied.system !== system && { assets }), shift };
}
