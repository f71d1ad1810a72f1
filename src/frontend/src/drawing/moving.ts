/** Moving: by pointer and by arrows, each gesture one operation, with what falls into another boundary. */

import { useReactFlow, type OnNodeDrag } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Id, Point } from "../shell/protocol";
import { useOpened, useUiStore } from "../shell/store";
import { boundaryAt, carried, grownBy, middleOf, rectOf, uppermost, type FlowEdge_, type DrawingNode } from "./nodes";

const REST_MS = 400;
const hasAny = (record: object): boolean => Object.keys(record).length > 0;
type SetNodes = (change: (nodes: DrawingNode[]) => DrawingNode[]) => void;

export interface Moving {
  onNodeDragStart: OnNodeDrag<DrawingNode>;
  onNodeDrag: OnNodeDrag<DrawingNode>;
  onNodeDragStop: OnNodeDrag<DrawingNode>;
  nudge(ids: readonly Id[], dx: number, dy: number): void;
  /** Send what the arrows moved, now. */
  flush(): void;
}

/** `restore` draws everything again where Python has it. */
export function useMoving(setNodes: SetNodes, restore: () => void): Moving {
  const store = useOpened();
  const ui = useUiStore();
  const { getNodes } = useReactFlow<DrawingNode, FlowEdge_>();
  const began = useRef(new Map<Id, Id | null>());
  const nudged = useRef<{ ids: Id[]; timer: ReturnType<typeof setTimeout> } | null>(null);

  const byId = useCallback(() => new Map(getNodes().map((node) => [node.id, node])), [getNodes]);

  const send = useCallback(
    async (ids: readonly Id[], into: Record<Id, Id | null>): Promise<void> => {
      const nodes = byId();
      const places: Record<Id, Point> = {};
      for (const id of carried(ids, nodes)) {
        const [x, y] = middleOf(id, nodes);
        places[id] = [Math.round(x), Math.round(y)];
      }
      const { done } = await store.actions.act({ op: "move", places, ...(hasAny(into) && { into }) });
      if (!done) restore();
    },
    [store, byId, restore],
  );

  const flush = useCallback((): void => {
    if (!nudged.current) return;
    clearTimeout(nudged.current.timer);
    const { ids } = nudged.current;
    nudged.current = null;
    void send(ids, {});
  }, [send]);

  useEffect(() => flush, [flush]);

  return useMemo(() => {
    const names = (dragged: readonly DrawingNode[]): Id[] => dragged.map(({ id }) => id);
    /** What is around each of the uppermost things where the pointer now has them, with all nodes there. */
    const under = (dragged: readonly DrawingNode[]): { nodes: Map<Id, DrawingNode>; all: Map<Id, Id | null> } => {
      const [nodes, ids] = [byId(), names(dragged)];
      for (const node of dragged) nodes.set(node.id, node); // the others are those of the step before
      const { boundaries } = store.getState().view;
      return {
        nodes,
        all: new Map(uppermost(ids, nodes).map((id) => [id, boundaryAt(middleOf(id, nodes), boundaries, ids)])),
      };
    };
    return {
      onNodeDragStart(_event, _node, dragged) {
        flush();
        began.current = under(dragged).all;
      },
      onNodeDrag(_event, node, dragged) {
        const { nodes, all } = under(dragged);
        const here = all.get(node.id) ?? null;
        const over = here === (began.current.get(node.id) ?? null) ? null : here;
        if (ui.getState().over !== over) ui.setState({ over });
        const places = [...all].map(([id, into]) => [rectOf(id, nodes), into] as const);
        const grown = grownBy(places, store.getState().view.boundaries);
        if (hasAny(grown) || hasAny(ui.getState().grown)) ui.setState({ grown });
      },
      onNodeDragStop(_event, _node, dragged) {
        const into: Record<Id, Id | null> = {};
        for (const [id, here] of under(dragged).all) if (here !== (began.current.get(id) ?? null)) into[id] = here;
        ui.setState({ over: null });
        void send(names(dragged), into).finally(() => ui.setState({ grown: {} })); // then they reach as far by themselves
      },
      nudge(ids, dx, dy) {
        const moving = new Set(uppermost(ids, byId()));
        if (moving.size === 0) return;
        if (nudged.current) clearTimeout(nudged.current.timer);
        nudged.current = { ids: [...moving], timer: setTimeout(flush, REST_MS) };
        setNodes((nodes) =>
          nodes.map((node) =>
            moving.has(node.id) ? { ...node, position: { x: node.position.x + dx, y: node.position.y + dy } } : node,
          ),
        );
      },
      flush,
    };
  }, [store, ui, byId, send, flush, setNodes]);
}
