import { useCallback, useMemo, useState } from "react";
import type { FlowView } from "../shell/protocol";
import { useSession, useUi } from "../shell/store";
import { routesOf } from "./routing";
import { edgesOf, nodesOf, type FlowEdge_, type Sources, type DrawingNode } from "./nodes";

/** What is drawn, and what it was made from. */
interface Drawn {
  nodes: DrawingNode[];
  edges: FlowEdge_[];
  sources: Sources;
  from: readonly unknown[];
}

const NONE: Drawn = { nodes: [], edges: [], sources: new Map(), from: [] };

/** The view as nodes and edges; nodes also stand where a pointer or an arrow has just put them. */
export function useNodes(): {
  nodes: DrawingNode[];
  edges: FlowEdge_[];
  setNodes(change: (nodes: DrawingNode[]) => DrawingNode[]): void;
  /** Put everything back to where Python has it. */
  restore(): void;
} {
  const view = useSession((state) => state.view);
  const order = useSession((state) => state.orders.flows);
  const selection = useSession((state) => state.selection);
  const { elements, flows, boundaries } = view;
  const selected = useMemo(() => new Set(selection), [selection]);

  const ordered = useMemo(() => {
    const named = order.map((id) => flows[id]).filter((flow): flow is FlowView => flow !== undefined);
    return named.length === Object.keys(flows).length ? named : Object.values(flows);
  }, [order, flows]);
  const type = useUi((state) => (state.present ? 2.4 : 1));
  const routes = useMemo(
    () => routesOf(ordered, elements, Object.values(boundaries), type),
    [ordered, elements, boundaries, type],
  );

  const [kept, setDrawn] = useState(NONE);
  let things = kept;
  const from = [elements, boundaries, selected, ordered, routes];
  if (from.some((source, n) => source !== kept.from[n])) {
    // Made from what was drawn last, which so keeps its identity; and while rendering, so that nothing is drawn twice.
    const sources: Sources = new Map(kept.sources);
    things = {
      nodes: nodesOf({ elements, boundaries }, selected, kept.nodes, sources),
      edges: edgesOf(ordered, routes, elements, selected, kept.edges),
      sources,
      from,
    };
    setDrawn(things);
  }

  const setNodes = useCallback((change: (nodes: DrawingNode[]) => DrawingNode[]) => {
    setDrawn((now) => ({ ...now, nodes: change(now.nodes) }));
  }, []);
  const restore = useCallback(() => setDrawn((now) => ({ ...now, sources: NONE.sources, from: NONE.from })), []);
  return { nodes: things.nodes, edges: things.edges, setNodes, restore };
}
