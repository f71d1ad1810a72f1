/** React Flow without measuring: every box says its size and where its handles are, so that none has to be measured. */

import { useStoreApi } from "@xyflow/react";
import { useEffect, useState } from "react";
import { useActions } from "../shell/store";

const CHANGED =
  "React Flow's store has no function updateNodeInternals any more, so boxes are measured one by one. " +
  "Large drawings are slower; nothing else changes.";

/**
 * Keep React Flow from measuring what is known: a layout of the page for each box, and each drawn twice.
 *
 * It has no setting for that yet (xyflow/xyflow#5826 proposes `skipMeasurement`), so a function of its store is
 * replaced that is not promised to stay. Where a later version has it no more, it measures as usual, and this says so.
 */
export function useUnmeasured(): void {
  const store = useStoreApi();
  const { tell } = useActions();
  const [replaced] = useState(() => replaceMeasuring(store)); // before the first box is drawn
  useEffect(() => {
    if (replaced) return;
    console.warn(CHANGED);
    tell(CHANGED, "refused");
  }, [replaced, tell]);
}

interface Measuring {
  getState(): object;
  setState(part: { updateNodeInternals: () => void }): void;
}

/** Say whether there was something to replace. */
export function replaceMeasuring(store: Measuring): boolean {
  const { updateNodeInternals } = store.getState() as { updateNodeInternals?: unknown };
  if (typeof updateNodeInternals !== "function") return false;
  store.setState({ updateNodeInternals: () => undefined });
  return true;
}
