import type { NodeProps } from "@xyflow/react";
import { memo, type CSSProperties } from "react";
import type { BoundaryView } from "../shell/protocol";
import { useSession, useUi, useUiStore } from "../shell/store";
import type { Rect } from "../shell/geometry";
import { Rename } from "./Rename";
import type { DrawingNode } from "./nodes";

const SIDES = ["top", "right", "bottom", "left"] as const;

/** How a boundary is drawn that has to reach further than it does. */
function reaching({ left, top, right, bottom }: Rect, boundary: BoundaryView): CSSProperties {
  return { left: left - boundary.left, top: top - boundary.top, width: right - left, height: bottom - top };
}

/** A trust boundary: a region taken by its name or its edge; the ground in it belongs to the drawing. */
export const BoundaryNode = memo(function BoundaryNode({ id, selected }: NodeProps<DrawingNode>) {
  const boundary = useSession((state) => state.view.boundaries[id]);
  const dimmed = useSession((state) => state.lit !== null);
  const editing = useUi((state) => state.editing === id);
  const over = useUi((state) => state.over === id);
  const grown = useUi((state) => state.grown[id]);
  const ui = useUiStore();
  if (!boundary) return null;
  return (
    <div
      className="nbt-boundary"
      data-trust={boundary.trust ?? "unknown"}
      data-selected={selected}
      data-over={over}
      data-dimmed={dimmed}
      style={grown && reaching(grown, boundary)}
      onDoubleClick={() => ui.setState({ editing: id })}
    >
      {SIDES.map((side) => (
        <span key={side} className="nbt-boundary-side nbt-boundary-grip" data-side={side} />
      ))}
      <div
        className="nbt-boundary-title nbt-boundary-grip"
        title={`${boundary.label} (trust: ${boundary.trust ?? "not known"})`}
      >
        {editing ? (
          <Rename id={id} name={boundary.name} what={boundary.label} />
        ) : (
          <strong dir="auto">{boundary.label}</strong>
        )}
        <span className="nbt-boundary-trust">trust: {boundary.trust ?? "not known"}</span>
      </div>
      {boundary.empty && <span className="nbt-boundary-empty">Drag parts in here</span>}
      {over && <span className="nbt-boundary-over">Into {boundary.label}</span>}
    </div>
  );
});
