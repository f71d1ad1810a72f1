import { EdgeLabelRenderer, useStore, useStoreApi, type EdgeProps, type ReactFlowState } from "@xyflow/react";
import { memo, useCallback, useContext } from "react";
import { shallow } from "zustand/shallow";
import type { Point } from "../shell/protocol";
import { useSession, type State, useUi, useUiStore } from "../shell/store";
import { Badge } from "./Badge";
import { Rename } from "./Rename";
import { ZoomedOut } from "./zoomedOut";
import { FlowEnds } from "./FlowEnds";
import { along, BOX_HEIGHT, BOX_WIDTH, curve, drawn, type Curve } from "./routing";
import type { FlowEdge_ } from "./nodes";

type Ends = readonly [number, number, number, number];

/** One flow: a curve with its name on it; on the lit path thicker, and numbered. */
export const FlowEdge = memo(function FlowEdge({ id, source, target, selected, data }: EdgeProps<FlowEdge_>) {
  const flow = useSession((state) => state.view.flows[id]);
  const counts = useSession((state) => state.view.badges[id]);
  const step = useSession((state) => stepOf(state, id));
  const editing = useUi((state) => state.editing === id);
  const held = useUi((state) => (state.reending?.flow === id ? state.reending : null));
  const ui = useUiStore();
  const flows = useStoreApi();
  const far = useContext(ZoomedOut);
  const ends = useStore(
    useCallback((all: ReactFlowState) => endsOf(all, source, target), [source, target]),
    shallow,
  );
  if (!flow || !data || !ends) return null;

  const line = held ? pulled(ends, held.end, held.at) : drawn([ends[0], ends[1]], [ends[2], ends[3]], data);
  const [x, y] = along(line, data.at);
  const { way, head } = outline(line, step ? 15 : 10);
  const state = { "data-selected": selected ?? false, "data-lit": step === null ? undefined : step > 0 };
  const edit = (): void => ui.setState({ editing: id });
  return (
    <>
      <path className="nbt-flow-reach" d={way} onDoubleClick={edit} />
      <path className="nbt-flow-line" d={way} {...state} />
      <polygon className="nbt-flow-head" points={head} {...state} />
      {(!far || editing || selected) && (
        <EdgeLabelRenderer>
          {/* A bigger target for the pointer; with the keyboard the line itself is chosen. */}
          <div
            className="nbt-flow-name nodrag nopan"
            role="presentation"
            {...state}
            data-named={flow.name !== ""}
            style={{ transform: `translate(-50%, -50%) translate(${x + data.off[0]}px, ${y + data.off[1]}px)` }}
            onClick={() => flows.getState().addSelectedEdges([id])}
            onDoubleClick={edit}
          >
            {editing ? (
              <Rename id={id} name={flow.name} what="this flow" />
            ) : (
              <span className="nbt-flow-text">
                {step ? <b className="nbt-step">{step}</b> : null}
                <span className="nbt-flow-words">
                  <span dir="auto">{flow.label}</span>
                </span>
              </span>
            )}
            <Badge counts={counts} />
          </div>
        </EdgeLabelRenderer>
      )}
      {selected && <FlowEnds id={id} line={line} label={flow.label} />}
    </>
  );
});

/** The place of a flow on the lit path, from 1; 0 where it is not on it; null where nothing is lit. */
function stepOf({ lit, view }: State, id: string): number | null {
  return lit ? lit.path.filter((step) => step in view.flows).indexOf(id) + 1 : null;
}

/** The middles of the boxes at both ends, as they are now dragged about. */
function endsOf({ nodeLookup }: ReactFlowState, source: string, target: string): Ends | null {
  const [from, to] = [
    nodeLookup.get(source)?.internals.positionAbsolute,
    nodeLookup.get(target)?.internals.positionAbsolute,
  ];
  if (!from || !to) return null;
  const [x, y] = [BOX_WIDTH / 2, BOX_HEIGHT / 2];
  return [from.x + x, from.y + y, to.x + x, to.y + y];
}

/** A straight line of which somebody holds one end. */
function pulled(ends: Ends, end: "source" | "target", at: Point): Curve {
  const [from, to]: [Point, Point] = end === "source" ? [at, [ends[2], ends[3]]] : [[ends[0], ends[1]], at];
  return { ...curve(from, to, 0), [end === "source" ? "start" : "end"]: at };
}

function outline({ start, bend: [first, second], end }: Curve, size: number): { way: string; head: string } {
  const [dx, dy] = [end[0] - second[0], end[1] - second[1]];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const neck: Point = [end[0] - ux * size, end[1] - uy * size];
  const last = length > 2 * size ? second : neck;
  const half = size * 0.42;
  const at = ([x, y]: Point): string => `${x.toFixed(1)},${y.toFixed(1)}`;
  return {
    way: `M${at(start)} C${at(first)} ${at(last)} ${at(neck)}`,
    head: [end, [neck[0] - uy * half, neck[1] + ux * half], [neck[0] + uy * half, neck[1] - ux * half]]
      .map((point) => at(point as Point))
      .join(" "),
  };
}
