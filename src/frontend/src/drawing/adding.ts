/** Adding: parts and boundaries put on the drawing, chosen and ready to be named. */

import { useStoreApi } from "@xyflow/react";
import { useCallback } from "react";
import type { Fields, Id, Part, Point } from "../shell/protocol";
import { useOpened, useUiStore } from "../shell/store";
import { boundaryAt, freeSpot } from "./nodes";

/** What a palette item is called while it is dragged; the text with it is a technology, or nothing for a boundary. */
export const DRAGGED = "application/x-nbthreat-part";

export function useAdding(): {
  /** Put a part (or, without a technology, a boundary) at a point, or near the middle of what is seen. */
  put(technology: string, at?: Point): Promise<void>;
  connect(source: Id, target: Id): Promise<void>;
} {
  const store = useOpened();
  const ui = useUiStore();
  const flow = useStoreApi();

  const add = useCallback(
    async (part: Part, thing: Fields, at?: Point): Promise<Id | undefined> => {
      const { done } = await store.actions.act({ op: "add", part, thing, ...(at && { at }) });
      const id = done?.made[0];
      if (id) store.actions.select([id]);
      return id;
    },
    [store],
  );

  const put = useCallback(
    async (technology: string, at?: Point): Promise<void> => {
      const { view } = store.getState();
      const {
        width,
        height,
        transform: [x, y, zoom],
      } = flow.getState();
      const middle: Point = [Math.round((width / 2 - x) / zoom), Math.round((height / 2 - y) / zoom)];
      const place = at ?? freeSpot(middle, Object.values(view.elements));
      const within = boundaryAt(place, view.boundaries);
      const id = technology
        ? await add("elements", { technology, ...(within && { boundary: within }) }, place)
        : await add("boundaries", { name: "Trust boundary", ...(within && { within }) }, place);
      if (id) ui.setState({ editing: id, drawer: false });
    },
    [store, ui, add, flow],
  );

  const connect = useCallback(
    async (source: Id, target: Id): Promise<void> => {
      const id = await add("flows", { source, target });
      const labels = store.getState().view.elements;
      if (id)
        store.actions.tell(
          `Connected ${labels[source]?.label ?? source} to ${labels[target]?.label ?? target}.`,
          "done",
          true,
        );
    },
    [store, add],
  );

  return { put, connect };
}
