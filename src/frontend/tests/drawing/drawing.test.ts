import { describe, expect, test } from "vitest";
import { along, around, BOX_HEIGHT, BOX_WIDTH, bows, curve, routesOf, drawn } from "../../src/drawing/routing";
import {
  boundaryAt,
  carried,
  edgesOf,
  elementAt,
  freeSpot,
  grownBy,
  middleOf,
  nodesOf,
  PADDING,
  towards,
  uppermost,
  type Sources,
} from "../../src/drawing/nodes";
import { SpatialIndex } from "../../src/drawing/spatialIndex";
import type { Rect } from "../../src/shell/geometry";
import { isNothing, pick, pasting, taken } from "../../src/drawing/clipboard";
import { found, groupsOf } from "../../src/drawing/parts";
import type { BoundaryView, ElementView, Point, TechnologyTerm } from "../../src/shell/protocol";
import { Fake } from "../fake";

const view = new Fake().view;
const flows = Object.values(view.flows);
const routes = routesOf(flows, view.elements, Object.values(view.boundaries));

describe("a new part", () => {
  test("stands where it was meant to, or as near as it covers no other", () => {
    const there = Object.values(view.elements);
    const apart: Point = [5_000, 5_000];
    expect(freeSpot(apart, there)).toEqual(apart);
    const drawn = [...there];
    for (let n = 0; n < 20; n += 1) {
      const [x, y] = freeSpot([drawn[0]?.x ?? 0, drawn[0]?.y ?? 0], drawn);
      expect(
        drawn.filter((element) => Math.abs(element.x - x) < BOX_WIDTH && Math.abs(element.y - y) < BOX_HEIGHT),
      ).toEqual([]);
      drawn.push({ ...(there[0] as (typeof there)[0]), id: `new-${n}`, x, y });
    }
  });
});

describe("flows", () => {
  test("an odd number has one straight in the middle, an even number none, and the smallest come first", () => {
    expect(bows(1)[0]).toBe(0);
    expect(bows(2).slice(0, 2)).toEqual([-23, 23]);
    expect(bows(3).slice(0, 3)).toEqual([0, -46, 46]);
  });

  test("there and back do not lie upon each other", () => {
    const ends = (id: string): [Point, Point] => {
      const { source, target } = view.flows[id] as { source: string; target: string };
      const [from, to] = [view.elements[source], view.elements[target]];
      return [
        [from?.x ?? 0, from?.y ?? 0],
        [to?.x ?? 0, to?.y ?? 0],
      ];
    };
    const middles = ["send", "reply"].map((id) => {
      const route = routes.get(id);
      if (!route) throw new Error(id);
      return along(drawn(...ends(id), route), 0.5);
    });
    const [first, other] = middles as [Point, Point];
    expect(Math.hypot(first[0] - other[0], first[1] - other[1])).toBeGreaterThan(20);
  });

  test("a curve begins and ends at the edge of its boxes", () => {
    const { start, end } = curve([0, 0], [400, 0], 0);
    expect(start).toEqual([BOX_WIDTH / 2 + 3, 0]);
    expect(end).toEqual([400 - BOX_WIDTH / 2 - 3, 0]);
    expect(curve([0, 0], [0, 300], 0).start[1]).toBe(BOX_HEIGHT / 2 + 3);
  });

  test("a flow goes round a box that stands in its way", () => {
    const row = Object.fromEntries(
      ["a", "b", "c"].map((id, n) => [id, { ...view.elements["assistant"], id, x: n * 260, y: 0 }]),
    );
    const flow = { ...view.flows["send"], id: "f", source: "a", target: "c" };
    expect(routesOf([flow as never], row as never, []).get("f")?.bow).not.toBe(0);
  });

  test("what is looked at near a flow does not grow with the drawing", () => {
    const rects = (rows: number): Rect[] =>
      Array.from({ length: 40 * rows }, (_, n) => around([(n % 40) * 250, Math.floor(n / 40) * 150]));
    const near = (rows: number): number => [...new SpatialIndex(rects(rows)).around(around([1_000, 450]))].length;
    expect(near(200)).toBe(near(20));
    expect(near(20)).toBeGreaterThan(0);
    expect(near(20)).toBeLessThan(40);
  });
});

describe("things", () => {
  const sources: Sources = new Map();
  const nodes = nodesOf(view, new Set(), [], sources);
  const byId = new Map(nodes.map((node) => [node.id, node]));

  test("boundaries come before what is in them, and places are told from there", () => {
    const order = nodes.map(({ id }) => id);
    expect(order.indexOf("organisation")).toBeLessThan(order.indexOf("live"));
    expect(order.indexOf("live")).toBeLessThan(order.indexOf("assistant"));
    expect(byId.get("assistant")?.parentId).toBe("live");
    expect(middleOf("assistant", byId)).toEqual([400, 180]);
  });

  test("one rename makes one node anew", () => {
    const assistant = { ...view.elements["assistant"], label: "Helper" } as never;
    const after = nodesOf({ ...view, elements: { ...view.elements, assistant } }, new Set(), nodes, sources);
    expect(after.filter((node, n) => node !== nodes[n]).map(({ id }) => id)).toEqual(["assistant"]);
  });

  test("what a pointer holds stays where the pointer is", () => {
    const held = nodes.map((node) =>
      node.id === "booking" ? { ...node, dragging: true, position: { x: 1, y: 2 } } : node,
    );
    const booking = { ...view.elements["booking"], x: 9 } as never;
    const after = nodesOf({ ...view, elements: { ...view.elements, booking } }, new Set(), held, new Map(sources));
    expect(after.find(({ id }) => id === "booking")?.position).toEqual({ x: 1, y: 2 });
  });

  test("selecting a flow makes one edge anew", () => {
    const before = edgesOf(flows, routes, view.elements, new Set(), []);
    const after = edgesOf(flows, routes, view.elements, new Set(["send"]), before);
    expect(after.filter((edge, n) => edge !== before[n]).map(({ id }) => id)).toEqual(["send"]);
  });

  test("a boundary carries all that is inside, and what it carries does not move by itself as well", () => {
    expect(carried(["organisation"], byId)).toContain("employees");
    expect(carried(["organisation"], byId)).not.toContain("live");
    expect(uppermost(["live", "assistant", "customers"], byId)).toEqual(["live", "customers"]);
  });

  test("a point belongs to the innermost boundary, but never to one that is being moved", () => {
    expect(boundaryAt([400, 180], view.boundaries)).toBe("live");
    expect(boundaryAt([400, 180], view.boundaries, ["live"])).toBe("organisation");
    expect(boundaryAt([400, 180], view.boundaries, ["organisation"])).toBeNull();
    expect(boundaryAt([-900, 0], view.boundaries)).toBeNull();
  });

  test("a boundary grows round what is dragged in it, and so does what is around that; nothing else does", () => {
    const { left, top, width, height } = view.boundaries["live"] as BoundaryView;
    const outer = view.boundaries["organisation"] as BoundaryView;
    const at = (x: number): Rect => around([x, top + height / 2]);
    expect(
      grownBy(
        [
          [at(left + width / 2), "live"],
          [at(-9_000), null],
        ],
        view.boundaries,
      ),
    ).toEqual({});
    const grown = grownBy([[at(outer.left + outer.width), "live"]], view.boundaries);
    expect(Object.keys(grown)).toEqual(["live", "organisation"]);
    expect(grown["live"]).toEqual({
      left,
      top,
      right: outer.left + outer.width + BOX_WIDTH / 2 + PADDING,
      bottom: top + height,
    });
    expect(grown["organisation"]?.right).toBe((grown["live"]?.right ?? 0) + PADDING);
  });

  test("an element is where its box is, and the uppermost counts", () => {
    expect(elementAt([400, 180], view.elements)).toBe("assistant");
    expect(elementAt([400 + BOX_WIDTH / 2 + 1, 180], view.elements)).toBeNull();
    const over = { ...view.elements["assistant"], id: "over" } as ElementView;
    expect(elementAt([400, 180], { ...view.elements, over })).toBe("over");
  });

  test("arrows aim at the nearest element that way", () => {
    const from = view.elements["assistant"];
    if (!from) throw new Error("no assistant");
    expect(towards(from, 1, 0, Object.values(view.elements))).toBe("retriever");
    expect(towards(from, 0, -1, Object.values(view.elements))).toBe("prompts");
  });
});

describe("copies", () => {
  test("a boundary is copied with what is in it, and flows only with both ends", () => {
    const copied = pick(["vendor"], view);
    expect(copied.elements.map(({ id }) => id)).toEqual(["chat-model", "embedder"]);
    expect(copied.flows).toEqual([]);
    expect(pick(["assistant", "chat-model"], view).flows.map(({ id }) => id)).toEqual(["prompt", "completion"]);
    expect(isNothing(pick(["send"], view))).toBe(true);
  });

  test("text that is not ours is not pasted", () => {
    expect(taken("hello")).toBeNull();
    expect(taken('{"nbthreat-things": 1}')).toBeNull();
    const copied = pick(["assistant"], view);
    expect(taken(JSON.stringify({ "nbthreat-things": 1, ...copied }))?.elements).toHaveLength(1);
  });

  test("assets go along to other systems only", () => {
    const copied = pick(["assistant"], view);
    expect(pasting(copied, "chatbot", [1, 1])).not.toHaveProperty("assets");
    expect(pasting(copied, "another", [1, 1])).toHaveProperty("assets");
  });
});

test("the palette begins with what is often used, and a search with what begins so", () => {
  const term = (id: string, name: string, within: string | null = null): TechnologyTerm => ({
    id,
    name,
    within,
    what: "",
    shape: "process",
    generic: false,
    facts: [],
    controls: [],
  });
  const terms = [
    term("process", "Process"),
    term("agent", "Agent", "process"),
    term("user-agent", "User agent", "process"),
  ];
  expect(groupsOf(terms).map(({ title, parts }) => [title, parts.length])).toEqual([
    ["Often used", 2],
    ["Processes", 3],
  ]);
  expect(found(terms, "agent").map(({ id }) => id)).toEqual(["agent", "user-agent"]);
  expect(found(terms, "xyz")).toEqual([]);
});
