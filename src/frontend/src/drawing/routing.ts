/** Routing: the curve each flow takes, and where on it its name is read. The same curves as in the static picture. */

import type { BoundaryView, ElementView, FlowView, Id, Point } from "../shell/protocol";
import type { Rect } from "../shell/geometry";
import { SpatialIndex } from "./spatialIndex";

export const BOX_WIDTH = 160;
export const BOX_HEIGHT = 66;
/** How far apart flows between the same two elements are bowed, in the middle. */
export const BOW = 46;
const CHOICES = 7;
const CLEARANCE = 7;
const STANDOFF = 3;
const TITLE: Point = [180, 34];
const ALONG = [0.5, 0.44, 0.56, 0.38, 0.62, 0.31, 0.69, 0.24, 0.76];
const BESIDE: readonly Point[] = [
  [0, -24],
  [0, 24],
  [0, -40],
  [0, 40],
  [64, 0],
  [-64, 0],
  [64, -30],
  [-64, 30],
  [0, -62],
  [0, 62],
];
/** Where a name may stand, best first: how far along its line, and how far off it. */
const SPOTS: readonly (readonly [number, Point])[] = [
  ...ALONG.map((at) => [at, [0, 0]] as const),
  ...BESIDE.map((off) => [0.5, off] as const),
];
/** Beyond so many flows nothing is avoided, so that no edit has to wait. */
const MANY = 400;

/** What a line keeps off: the box of an element, or the title of a boundary, which has no id. */
interface Obstacle extends Rect {
  id: Id;
  cost: number;
}
export interface Curve {
  start: Point;
  bend: readonly [Point, Point];
  end: Point;
}
/** How a flow is drawn: bowed to the left of its way, or as the n-th loop; where along it the name is, and how far off. */
export type Route = { bow: number; loop: number; at: number; off: Point };

export function around([x, y]: Point, width = BOX_WIDTH, height = BOX_HEIGHT): Rect {
  return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 };
}

function grown(rect: Rect, by: number): Rect {
  return { left: rect.left - by, top: rect.top - by, right: rect.right + by, bottom: rect.bottom + by };
}

function inside(rect: Rect, [x, y]: Point): boolean {
  return rect.left < x && x < rect.right && rect.top < y && y < rect.bottom;
}

/** Return how much of `rect` the other covers, from 0 to 1. */
function covers(rect: Rect, other: Rect): number {
  const width = Math.min(rect.right, other.right) - Math.max(rect.left, other.left);
  const height = Math.min(rect.bottom, other.bottom) - Math.max(rect.top, other.top);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / ((rect.right - rect.left) * (rect.bottom - rect.top));
}

/** Return a line between two boxes that passes `bow` beside the middle, to the left of its way. */
export function curve(source: Point, target: Point, bow: number): Curve {
  const [dx, dy] = [target[0] - source[0], target[1] - source[1]];
  const length = Math.hypot(dx, dy);
  const across: Point = length ? [dy / length, -dx / length] : [0, 1];
  const over: Point = [
    (source[0] + target[0]) / 2 + across[0] * bow * 2,
    (source[1] + target[1]) / 2 + across[1] * bow * 2,
  ];
  const [start, end] = [edge(source, over), edge(target, over)];
  return { start, bend: [between(start, over), between(end, over)], end };
}

/** Return a line from the top of a box up and back to it. */
export function loop([x, middle]: Point, size: number): Curve {
  const [half, out, y] = [14 + 10 * size, 12 + 36 * size, middle - BOX_HEIGHT / 2 - STANDOFF];
  return {
    start: [x - half, y],
    bend: [
      [x - half - 10, y - out],
      [x + half + 10, y - out],
    ],
    end: [x + half, y],
  };
}

export function drawn(source: Point, target: Point, route: Route): Curve {
  return route.loop ? loop(source, route.loop) : curve(source, target, route.bow);
}

function between(here: Point, there: Point): Point {
  return [here[0] + ((there[0] - here[0]) * 2) / 3, here[1] + ((there[1] - here[1]) * 2) / 3];
}

function edge(middle: Point, towards: Point): Point {
  const [dx, dy] = [towards[0] - middle[0], towards[1] - middle[1]];
  const reaches = [1];
  if (dx) reaches.push((BOX_WIDTH / 2 + STANDOFF) / Math.abs(dx));
  if (dy) reaches.push((BOX_HEIGHT / 2 + STANDOFF) / Math.abs(dy));
  const part = dx || dy ? Math.min(...reaches) : 0;
  return [middle[0] + dx * part, middle[1] + dy * part];
}

/** Return the point that is `part` of the way along. */
export function along({ start, bend: [first, second], end }: Curve, part: number): Point {
  const rest = 1 - part;
  const [a, b, c, d] = [rest ** 3, 3 * rest * rest * part, 3 * rest * part * part, part ** 3];
  return [
    a * start[0] + b * first[0] + c * second[0] + d * end[0],
    a * start[1] + b * first[1] + c * second[1] + d * end[1],
  ];
}

function samples(line: Curve): Point[] {
  const length = Math.hypot(line.end[0] - line.start[0], line.end[1] - line.start[1]);
  const count = Math.min(50, Math.max(10, Math.round(length / 26)));
  return Array.from({ length: count + 1 }, (_, n) => along(line, n / count));
}

/** Return how far to bow `count` flows and some more, smallest first. */
export function bows(count: number): number[] {
  const shift = count % 2 ? 0 : 0.5;
  const half = Math.floor(count / 2);
  const steps = Array.from({ length: 2 * (half + CHOICES) }, (_, n) => (n - half - CHOICES + shift) * BOW);
  return steps.sort((a, b) => Math.abs(a) - Math.abs(b) || a - b);
}

/** Return the route of each flow: apart from others between the same elements, and round other boxes. */
export function routesOf(
  flows: readonly FlowView[],
  elements: Readonly<Record<Id, ElementView>>,
  boundaries: readonly BoundaryView[],
  /** How many times larger than usual the names are written. */
  type = 1,
): Map<Id, Route> {
  const routes = new Map<Id, Route>();
  const groups = new Map<string, FlowView[]>();
  for (const flow of flows) {
    if (!elements[flow.source] || !elements[flow.target]) continue;
    const key = flow.source < flow.target ? `${flow.source} ${flow.target}` : `${flow.target} ${flow.source}`;
    const group = groups.get(key);
    if (group) group.push(flow);
    else groups.set(key, [flow]);
  }
  const avoid = flows.length <= MANY;
  const boxes = Object.values(elements).map((element) => ({
    ...grown(around([element.x, element.y]), CLEARANCE),
    id: element.id,
    cost: 100,
  }));
  const titles = boundaries.map(({ left, top }) => ({
    left,
    top,
    right: left + TITLE[0],
    bottom: top + TITLE[1],
    id: "",
    cost: 40,
  }));
  const obstacles = avoid ? [...boxes, ...titles] : [];
  const near = new SpatialIndex<Obstacle>(obstacles);
  for (const group of groups.values()) bowed(group, elements, near, routes);
  if (avoid) placeNames(flows, elements, routes, type, new SpatialIndex<Rect>(obstacles));
  return routes;
}

function bowed(
  group: readonly FlowView[],
  elements: Readonly<Record<Id, ElementView>>,
  obstacles: SpatialIndex<Obstacle>,
  routes: Map<Id, Route>,
): void {
  const free = bows(group.length);
  group.forEach((flow, n) => {
    const [source, target] = [elements[flow.source], elements[flow.target]];
    if (!source || !target) return;
    if (source === target) return void routes.set(flow.id, { bow: 0, loop: n + 1, at: 0.5, off: [0, 0] });
    const side = flow.source < flow.target ? 1 : -1;
    const hits = (point: Point): number =>
      obstacles
        .at(point)
        .reduce(
          (sum, obstacle) =>
            obstacle.id !== flow.source && obstacle.id !== flow.target && inside(obstacle, point)
              ? sum + obstacle.cost
              : sum,
          0,
        );
    let [best, least] = [free[0] ?? 0, Infinity];
    for (const bow of free.slice(0, CHOICES)) {
      if (Math.abs(bow) >= least) break;
      const points = samples(curve([source.x, source.y], [target.x, target.y], side * bow));
      const cost = points.reduce((sum, point) => sum + hits(point), Math.abs(bow));
      if (cost < least) [best, least] = [bow, cost];
    }
    free.splice(free.indexOf(best), 1);
    routes.set(flow.id, { bow: side * best, loop: 0, at: 0.5, off: [0, 0] });
  });
}

/** About how large the name of a flow is, in at most two lines. */
function sizeOf({ label }: FlowView, type: number): Point {
  const width = 6.1 * label.length * type;
  const most = type > 1 ? 220 : 108;
  return [Math.min(most, width) + 8, (width > most ? 30 : 17) * type];
}

/** Move names along their lines, or beside them, to where they cover no box and no other name, shortest lines first. */
function placeNames(
  flows: readonly FlowView[],
  elements: Readonly<Record<Id, ElementView>>,
  routes: Map<Id, Route>,
  type: number,
  taken: SpatialIndex<Rect>,
): void {
  const lines = flows.flatMap((flow) => {
    const [source, target, route] = [elements[flow.source], elements[flow.target], routes.get(flow.id)];
    if (!source || !target || !route) return [];
    const line = drawn([source.x, source.y], [target.x, target.y], route);
    const [dx, dy] = [line.end[0] - line.start[0], line.end[1] - line.start[1]];
    const size = sizeOf(flow, type);
    const covered = Math.min(size[0] * Math.abs(dx), Math.abs(dx) * Math.abs(dx)) + size[1] * Math.abs(dy);
    return [{ route, line, size, length: Math.hypot(dx, dy), hides: covered > 0.75 * (dx * dx + dy * dy) }];
  });
  for (const { route, line, size, hides } of lines.sort((a, b) => a.length - b.length)) {
    let least = Infinity;
    let rect = around(along(line, 0.5), ...size);
    SPOTS.forEach(([at, off], n) => {
      const beside = n >= ALONG.length;
      let cost = n / 100 + (beside ? 0.3 : hides ? 0.6 : 0);
      if (cost >= least) return; // nearly all: looking at what a spot covers is what takes time
      const [x, y] = along(line, at);
      const here = around([x + off[0], y + off[1]], ...size);
      for (const other of taken.around(here)) cost += 4 * covers(here, other);
      if (cost >= least) return;
      [least, rect] = [cost, here];
      Object.assign(route, { at, off });
    });
    taken.add(rect);
  }
}
