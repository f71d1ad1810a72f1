/** Nodes and edges: the view as React Flow wants it. What did not change keeps its identity, so that it is not drawn again. */

import { Position, type Edge, type Node } from "@xyflow/react";
import type { BoundaryView, ElementView, FlowView, Id, Point, Sections } from "../shell/protocol";
import type { Rect } from "../shell/geometry";
import { around, BOX_HEIGHT, BOX_WIDTH, type Route } from "./routing";

export type Nothing = Record<string, never>;
export type DrawingNode = Node<Nothing, "element" | "boundary">;
export type FlowEdge_ = Edge<Route, "flow">;

const NOTHING: Nothing = {};
/** Room between a boundary and what is in it: beside and below; and above, where its title is. */
export const [PADDING, HEADROOM] = [26, 50];
const AIR = 24; // between a new box and its neighbours
const SEARCHED = 8; // half boxes each way
export const HANDLES = [
  { id: "top", position: Position.Top, x: BOX_WIDTH / 2, y: 0 },
  { id: "right", position: Position.Right, x: BOX_WIDTH, y: BOX_HEIGHT / 2 },
  { id: "bottom", position: Position.Bottom, x: BOX_WIDTH / 2, y: BOX_HEIGHT },
  { id: "left", position: Position.Left, x: 0, y: BOX_HEIGHT / 2 },
] as const;
/** Told beforehand, so that flows to boxes out of sight are drawn before those boxes ever were. */
const NODE_HANDLES = HANDLES.map((handle) => ({ ...handle, type: "source" as const, width: 1, height: 1 }));

/** Where each node came from: it is made anew only when one of these is another object. */
export type Sources = Map<Id, readonly [unknown, unknown]>;

type Places = Pick<Sections, "elements" | "boundaries">;

export function nodesOf(
  view: Places,
  selection: ReadonlySet<Id>,
  before: readonly DrawingNode[],
  sources: Sources,
): DrawingNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const boundaries = outermostFirst(view.boundaries);
  const nodes = [
    ...boundaries.map((boundary) =>
      refresh(boundary.id, boundary, boundary.within, () => boundaryNode(boundary, view)),
    ),
    ...Object.values(view.elements).map((element) =>
      refresh(element.id, element, element.boundary, () => elementNode(element, view)),
    ),
  ];
  for (const id of sources.keys()) if (!view.elements[id] && !view.boundaries[id]) sources.delete(id);
  return nodes;

  function refresh(id: Id, thing: unknown, parent: Id | null, make: () => DrawingNode): DrawingNode {
    const outer = parent ? view.boundaries[parent] : undefined;
    const [old, source] = [known.get(id), sources.get(id)];
    const selected = selection.has(id);
    if (old && source && source[0] === thing && source[1] === outer) {
      return old.selected === selected ? old : { ...old, selected };
    }
    sources.set(id, [thing, outer]);
    const made = { ...make(), selected };
    return old?.dragging ? { ...made, position: old.position, dragging: true } : made;
  }
}

/** React Flow wants what is around before what is in it. */
function outermostFirst(boundaries: Sections["boundaries"]): BoundaryView[] {
  const found = new Set<BoundaryView>();
  const take = (boundary: BoundaryView, inner: readonly Id[]): void => {
    const outer = boundary.within && !inner.includes(boundary.within) ? boundaries[boundary.within] : undefined;
    if (outer) take(outer, [...inner, boundary.id]);
    found.add(boundary);
  };
  for (const boundary of Object.values(boundaries)) take(boundary, []);
  return [...found];
}

function elementNode(element: ElementView, view: Places): DrawingNode {
  return {
    id: element.id,
    type: "element",
    data: NOTHING,
    ...sized(BOX_WIDTH, BOX_HEIGHT),
    zIndex: 2,
    handles: NODE_HANDLES,
    ariaLabel: `${element.label}, ${element.shape}`,
    ariaRole: "group",
    ...placed(element.x - BOX_WIDTH / 2, element.y - BOX_HEIGHT / 2, element.boundary, view),
  };
}

function boundaryNode(boundary: BoundaryView, view: Places): DrawingNode {
  return {
    id: boundary.id,
    type: "boundary",
    data: NOTHING,
    ...sized(boundary.width, boundary.height),
    zIndex: boundary.depth - 100,
    dragHandle: ".nbt-boundary-grip",
    connectable: false,
    style: { pointerEvents: "none" }, // so that the ground in it still pans and selects
    ariaLabel: `${boundary.label}, trust boundary`,
    ariaRole: "group",
    ...placed(boundary.left, boundary.top, boundary.within, view),
  };
}

/** How large a node is, said to be measured: else each new one is drawn, measured and drawn again, and all at first. */
function sized(width: number, height: number): Pick<DrawingNode, "width" | "height" | "measured"> {
  return { width, height, measured: { width, height } };
}

function placed(
  left: number,
  top: number,
  parent: Id | null,
  view: Places,
): Pick<DrawingNode, "position" | "parentId"> {
  const outer = parent ? view.boundaries[parent] : undefined;
  if (!outer) return { position: { x: left, y: top } };
  return { position: { x: left - outer.left, y: top - outer.top }, parentId: outer.id };
}

export function edgesOf(
  flows: readonly FlowView[],
  routes: ReadonlyMap<Id, Route>,
  elements: Readonly<Record<Id, ElementView>>,
  selection: ReadonlySet<Id>,
  before: readonly FlowEdge_[],
): FlowEdge_[] {
  const known = new Map(before.map((edge) => [edge.id, edge]));
  return flows.flatMap((flow) => {
    const route = routes.get(flow.id);
    if (!route) return [];
    const selected = selection.has(flow.id);
    const label = `Flow ${flow.label}, from ${elements[flow.source]?.label ?? ""} to ${elements[flow.target]?.label ?? ""}`;
    const old = known.get(flow.id);
    if (
      old &&
      old.selected === selected &&
      old.source === flow.source &&
      old.target === flow.target &&
      old.ariaLabel === label &&
      old.data?.bow === route.bow &&
      old.data.at === route.at &&
      old.data.loop === route.loop &&
      old.data.off[0] === route.off[0] &&
      old.data.off[1] === route.off[1]
    )
      return [old];
    return [
      {
        id: flow.id,
        type: "flow" as const,
        source: flow.source,
        target: flow.target,
        data: route,
        selected,
        ariaLabel: label,
        zIndex: 0,
      },
    ];
  });
}

/** Return the middle of a node on the whole drawing. */
export function middleOf(id: Id, nodes: ReadonlyMap<Id, DrawingNode>): Point {
  const node = nodes.get(id);
  if (!node) return [0, 0];
  let [x, y] = [node.position.x + (node.width ?? 0) / 2, node.position.y + (node.height ?? 0) / 2];
  for (let outer = nodes.get(node.parentId ?? ""); outer; outer = nodes.get(outer.parentId ?? "")) {
    x += outer.position.x;
    y += outer.position.y;
  }
  return [x, y];
}

/** Return the rectangle of a node on the whole drawing. */
export function rectOf(id: Id, nodes: ReadonlyMap<Id, DrawingNode>): Rect {
  const { width, height } = nodes.get(id) ?? {};
  return around(middleOf(id, nodes), width, height);
}

/** Return those of the things that no other of them carries along. */
export function uppermost(ids: readonly Id[], nodes: ReadonlyMap<Id, DrawingNode>): Id[] {
  const all = new Set(ids);
  return ids.filter((id) => {
    for (let outer = nodes.get(id)?.parentId; outer; outer = nodes.get(outer)?.parentId)
      if (all.has(outer)) return false;
    return nodes.has(id);
  });
}

/** Return what has a place of its own and moves with these things: elements, and boundaries with nothing in them. */
export function carried(ids: readonly Id[], nodes: ReadonlyMap<Id, DrawingNode>): Id[] {
  const inner = new Map<Id, Id[]>();
  for (const { id, parentId } of nodes.values())
    if (parentId) inner.set(parentId, [...(inner.get(parentId) ?? []), id]);
  const found = new Set<Id>();
  const take = (id: Id): void => {
    const contents = inner.get(id);
    if (contents) contents.forEach(take);
    else found.add(id);
  };
  ids.filter((id) => nodes.has(id)).forEach(take);
  return [...found];
}

/** Return the innermost boundary at a point, without those in `but` and what is within them. */
export function boundaryAt([x, y]: Point, boundaries: Sections["boundaries"], but: readonly Id[] = []): Id | null {
  const within = (boundary: BoundaryView): boolean =>
    but.includes(boundary.id) ||
    (boundary.within !== null && boundary.within in boundaries && within(boundaries[boundary.within] as BoundaryView));
  let found: BoundaryView | null = null;
  for (const boundary of Object.values(boundaries)) {
    const here =
      boundary.left <= x &&
      x <= boundary.left + boundary.width &&
      boundary.top <= y &&
      y <= boundary.top + boundary.height;
    if (here && !within(boundary) && (found === null || boundary.depth > found.depth)) found = boundary;
  }
  return found?.id ?? null;
}

/** Return how far boundaries reach round things dragged in them, as Python draws it after the drop; only those that grow. */
export function grownBy(
  dragged: readonly (readonly [Rect, Id | null])[],
  boundaries: Sections["boundaries"],
): Record<Id, Rect> {
  const found: Record<Id, Rect> = {};
  for (const [rect, into] of dragged) {
    let inner = rect;
    for (let boundary = boundaries[into ?? ""]; boundary; boundary = boundaries[boundary.within ?? ""]) {
      const { left, top, width, height } = boundary;
      const now = found[boundary.id] ?? { left, top, right: left + width, bottom: top + height };
      const next = {
        left: Math.min(now.left, inner.left - PADDING),
        top: Math.min(now.top, inner.top - HEADROOM),
        right: Math.max(now.right, inner.right + PADDING),
        bottom: Math.max(now.bottom, inner.bottom + PADDING),
      };
      if (next.left === now.left && next.top === now.top && next.right === now.right && next.bottom === now.bottom)
        break;
      inner = found[boundary.id] = next;
    }
  }
  return found;
}

/** Return the element at a point, the last drawn where several are. */
export function elementAt([x, y]: Point, elements: Sections["elements"]): Id | null {
  const here = Object.values(elements).filter(
    (element) => Math.abs(element.x - x) <= BOX_WIDTH / 2 && Math.abs(element.y - y) <= BOX_HEIGHT / 2,
  );
  return here.at(-1)?.id ?? null;
}

/** Return the point nearest to this one where an element covers no other. */
export function freeSpot([x, y]: Point, elements: readonly ElementView[]): Point {
  const free = ([across, down]: Point): boolean =>
    !elements.some(
      (element) => Math.abs(element.x - across) < BOX_WIDTH + AIR && Math.abs(element.y - down) < BOX_HEIGHT + AIR,
    );
  const steps = Array.from({ length: 2 * SEARCHED + 1 }, (_, n) => n - SEARCHED);
  const spots = steps.flatMap((i) =>
    steps.map((j): Point => [x + (i * (BOX_WIDTH + AIR)) / 2, y + (j * (BOX_HEIGHT + AIR)) / 2]),
  );
  const far = ([across, down]: Point): number => Math.hypot(across - x, down - y);
  return spots.sort((a, b) => far(a) - far(b)).find(free) ?? [x, y];
}

/** Return the nearest element in a direction, for choosing with arrows. */
export function towards(from: ElementView, dx: number, dy: number, elements: readonly ElementView[]): Id | null {
  let [best, least]: [Id | null, number] = [null, Infinity];
  for (const element of elements) {
    const [ahead, aside] = [
      (element.x - from.x) * dx + (element.y - from.y) * dy,
      (element.x - from.x) * dy - (element.y - from.y) * dx,
    ];
    const cost = ahead + 2 * Math.abs(aside);
    if (element.id !== from.id && ahead > 1 && cost < least) [best, least] = [element.id, cost];
  }
  return best;
}
