/** Selecting: what React Flow says is selected, gathered into one selection of the widget. */

import type { EdgeChange, NodeChange } from "@xyflow/react";
import { useMemo, useRef } from "react";
import type { Id } from "../shell/protocol";
import { useOpened } from "../shell/store";

export function useSelecting(): {
  take(changes: readonly (NodeChange | EdgeChange)[]): void;
  beginBox(): void;
  endBox(): void;
} {
  const store = useOpened();
  const waiting = useRef(new Map<Id, boolean>());
  const boxing = useRef(false);

  return useMemo(() => {
    /** Nodes and edges are told apart, one after the other: only both together are a selection. */
    const settle = (): void => {
      const changes = waiting.current;
      waiting.current = new Map();
      const { selection } = store.getState();
      const left = selection.filter((id) => changes.get(id) !== false);
      const added = [...changes].filter(([id, on]) => on && !selection.includes(id)).map(([id]) => id);
      if (left.length === selection.length && added.length === 0) return;
      const next = [...left, ...added];
      if (boxing.current)
        store.setState({ selection: next }); // Python hears of it once the box is drawn
      else store.actions.select(next);
    };
    return {
      take(changes) {
        for (const change of changes) {
          if (change.type !== "select") continue;
          if (waiting.current.size === 0) queueMicrotask(settle);
          waiting.current.set(change.id, change.selected);
        }
      },
      beginBox() {
        boxing.current = true;
      },
      endBox() {
        boxing.current = false;
        queueMicrotask(() => store.actions.select(store.getState().selection));
      },
    };
  }, [store]);
}
