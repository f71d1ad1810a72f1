/** Copies from the table: the same as on the drawing, and also of a flow or an asset alone. */

import { pasting, pick } from "../drawing/clipboard";
import type { DoPaste, Fields, Id, Sections } from "../shell/protocol";

const SHIFT = [40, 40] as const;

export function copying(ids: readonly Id[], view: Sections): DoPaste {
  const copied = pick(ids, view);
  if (copied.elements.length + copied.boundaries.length > 0) return pasting(copied, copied.system, SHIFT);
  const of = (things: Readonly<Record<Id, object>>): Fields[] =>
    ids.flatMap((id) => (things[id] ? [{ ...things[id] } as Fields] : []));
  return { op: "paste", flows: of(view.flows), assets: of(view.assets) };
}
