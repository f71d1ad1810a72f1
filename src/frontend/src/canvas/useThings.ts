import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { FlowView } from "../protocol";
import { useSession } from "../store";
import { useDesk } from "./desk";
import { routesOf } from "./routing";
import { edgesOf, nodesOf, type FlowEdge_, type Sources, type ThingNode } from "./things";

/** The view as nodes and edges; nodes also stand where a pointer or an arrow has just put them. */
export function useThings(): {
  nodes: ThingNode[];
  edges: FlowEdge_[];
  setNodes(change: (nodes: ThingNode[]) => ThingNode[]): void;
  /** Put everything back to where Python has it. */
  restore(): void;
} {
  const view = useSession((state) => state.view);
  const order = useSession((state) => state.orders.flows);
  const selection = useSession((state) => state.selection);
  const { elements, flows, boundaries } = view;
  const selected = useMemo(() => new Set(selection), [selection]);

  const sources = useRef<Sources>(new Map());
  const [nodes, setNodes] = useState<ThingNode[]>([]);
  const [round, setRound] = useState(0);
  useLayoutEffect(() => {
    setNodes((before) => nodesOf({ elements, boundaries }, selected, before, sources.current));
  }, [elements, boundaries, selected, round]);
  const restore = useCallback(() => {
    sources.current = new Map();
    setRound((number) => number + 1);
  }, []);

  const ordered = useMemo(() => {
    const named = order.map((id) => flows[id]).filter((flow): flow is FlowView => flow !== undefined);
    return named.length === Object.keys(flows).length ? named : Object.values(flows);
  }, [order, flows]);
  const type = useDesk((state) => (state.present ? 2.4 : 1));
  const routes = useMemo(
    () => routesOf(ordered, elements, Object.values(boundaries), type),
    [ordered, elements, boundaries, type],
  );

  const [edges, setEdges] = useState<FlowEdge_[]>([]);
  useLayoutEffect(() => {
    // eslint-disable-next-line react-hooks/set-state-in-effect -- what was drawn last is needed: it keeps its identity
    setEdges((before) => edgesOf(ordered, routes, elements, selected, before));
  }, [ordered, routes, elements, selected]);

  return { nodes, edges, setNodes, restore };
}
