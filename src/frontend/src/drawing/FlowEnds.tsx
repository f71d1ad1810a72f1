import { useReactFlow, useStore, ViewportPortal } from "@xyflow/react";
import { useEffect, type PointerEvent } from "react";
import type { Id, Point } from "../shell/protocol";
import { useOpened, useSession, useUi, useUiStore } from "../shell/store";
import { along, type Curve } from "./routing";
import { elementAt } from "./nodes";

const CLEAR = 24; // px on the screen from the end of the line: of the box, and of what connects from it
const APART = 28; // of each other, even where they then lie on the boxes
const ENDS = [
  ["source", 0],
  ["target", 1],
] as const;

/** What the two ends of a flow, selected alone, are taken by, to be dragged to another element; Esc leaves them as they were. */
// The table and the properties are the way without a drag.
export function FlowEnds({ id, line, label }: { id: Id; line: Curve; label: string }) {
  const store = useOpened();
  const ui = useUiStore();
  const { screenToFlowPosition } = useReactFlow();
  const held = useUi((state) => (state.reending?.flow === id ? state.reending : null));
  const alone = useSession((state) => state.selection.length === 1);
  const zoom = useStore((state) => state.transform[2]);
  const { start, end } = line;
  const length = zoom * Math.hypot(end[0] - start[0], end[1] - start[1]) || 1;
  const part = Math.max(0, Math.min(CLEAR / length, (1 - APART / length) / 2));

  const move = ({ clientX, clientY, buttons }: PointerEvent): void => {
    const { reending } = ui.getState();
    if (reending?.flow !== id || buttons === 0) return; // let go of with Esc, or dropped
    const { x, y } = screenToFlowPosition({ x: clientX, y: clientY });
    ui.setState({ reending: { ...reending, at: [x, y], to: elementAt([x, y], store.getState().view.elements) } });
  };
  const drop = (): void => {
    const { reending } = ui.getState();
    if (reending?.flow !== id) return;
    const { end: which, to } = reending;
    const flow = store.getState().view.flows[id];
    if (!to || !flow || flow[which] === to) return ui.setState({ reending: null });
    void store.actions
      .act({ op: "change", ids: [id], set: { [which]: to } })
      .finally(() => ui.setState({ reending: null })); // not before the line is where it was dropped
  };

  useEffect(
    () => () => {
      if (ui.getState().reending?.flow === id) ui.setState({ reending: null }); // somebody else took the flow away
    },
    [ui, id],
  );

  if (!alone) return null;
  return (
    <ViewportPortal>
      {ENDS.map(([which, n]) => {
        const at: Point = held?.end === which ? held.at : along(line, n ? 1 - part : part);
        return (
          <div
            key={which}
            className="nbt-flow-grip nodrag nopan"
            role="presentation"
            data-end={which}
            title={`Drag to where ${label} is to ${n ? "end" : "begin"}`}
            style={{ transform: `translate(-50%, -50%) translate(${at[0]}px, ${at[1]}px) scale(${1 / zoom})` }}
            onPointerDown={(event) => {
              if (event.button !== 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              ui.setState({ reending: { flow: id, end: which, at, to: null } });
            }}
            onPointerMove={move}
            onPointerUp={drop}
            onPointerCancel={() => ui.setState({ reending: null })}
          />
        );
      })}
    </ViewportPortal>
  );
}
