import { Handle, type NodeProps } from "@xyflow/react";
import { memo, useState } from "react";
import type { Id } from "../shell/protocol";
import { useSession, useUi, useUiStore } from "../shell/store";
import { Badge, hasAny } from "./Badge";
import type { UiState } from "../shell/uiState";
import { technologyName } from "./parts";
import { Rename } from "./Rename";
import { HANDLES, type DrawingNode } from "./nodes";

/** Whether a flow that is being drawn, or dragged by an end, begins or would end here. */
function aimAt({ connecting, reending }: UiState, id: Id): "from" | "to" | undefined {
  if (connecting?.from === id) return "from";
  return connecting?.to === id || reending?.to === id ? "to" : undefined;
}

/** One box: round for a process, with double sides for a store, thick and square for what is outside. */
// Its handles are there where somebody points at it: of many boxes they would be most of what there is to draw.
export const ElementNode = memo(function ElementNode({ id, selected }: NodeProps<DrawingNode>) {
  const element = useSession((state) => state.view.elements[id]);
  const counts = useSession((state) => state.view.badges[id]);
  const lit = useSession((state) => (state.lit ? state.lit.path.includes(id) : null));
  const technology = useSession((state) => technologyName(state.vocabulary?.technologies, element?.technology));
  const editing = useUi((state) => state.editing === id);
  const aim = useUi((state) => aimAt(state, id));
  const ui = useUiStore();
  const [near, setNear] = useState(false);
  if (!element) return null;
  return (
    <div
      className="nbt-element"
      data-shape={element.shape}
      data-selected={selected}
      data-lit={lit ?? undefined}
      data-aim={aim}
      data-counted={hasAny(counts)}
      title={`${element.label} (${element.shape}, ${technology ?? element.technology})`}
      onDoubleClick={() => ui.setState({ editing: id })}
      onPointerEnter={() => setNear(true)}
      onPointerLeave={({ buttons }) => setNear(buttons !== 0)}
    >
      <div className="nbt-element-body">
        {editing ? (
          <Rename id={id} name={element.name} what={element.label} />
        ) : (
          <span className="nbt-element-name" dir="auto">
            {element.label}
          </span>
        )}
        <span className="nbt-element-technology">{technology ?? element.technology}</span>
      </div>
      <Badge counts={counts} />
      {(near || selected) &&
        HANDLES.map((handle) => (
          <Handle
            key={handle.id}
            id={handle.id}
            type="source"
            position={handle.position}
            className="nbt-handle"
            title="Drag to connect"
          />
        ))}
    </div>
  );
});
