import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  ConnectionMode,
  MiniMap,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  useStore,
  useStoreApi,
  type EdgeChange,
  type NodeChange,
  type OnConnectEnd,
} from "@xyflow/react";
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type DragEvent,
  type FocusEvent,
  type PointerEvent,
} from "react";
import { flushSync } from "react-dom";
import { useCommandHandler, useOpened, useSession, useUi, useUiStore } from "../shell/store";
import { DRAGGED, useAdding } from "./adding";
import { BoundaryNode } from "./BoundaryNode";
import { useSelecting } from "./selecting";
import { useDrawingCommands } from "./commands";
import { ElementNode } from "./ElementNode";
import { ZoomedOut, NAMES_FROM_ZOOM } from "./zoomedOut";
import { FlowEdge } from "./FlowEdge";
import { FIT, Presenting } from "./Presenting";
import { useMoving } from "./moving";
import { boundaryAt, type FlowEdge_, type DrawingNode } from "./nodes";
import { useUnmeasured } from "./unmeasured";
import { useNodes } from "./useNodes";

const NODE_TYPES = { element: ElementNode, boundary: BoundaryNode };
const EDGE_TYPES = { flow: FlowEdge };
const NONE: DrawingNode[] = [];
const CULL_ABOVE = 200;
const LABELS = {
  "node.a11yDescription.keyboardDisabled":
    "Enter renames, arrows move, c connects, Delete removes. Press ? for all keys.",
  "edge.a11yDescription.default": "Enter renames, Delete removes. Press ? for all keys.",
};
const NO_KEYS = {
  deleteKeyCode: null,
  selectionKeyCode: null,
  multiSelectionKeyCode: null,
  zoomActivationKeyCode: null,
  panActivationKeyCode: null,
  disableKeyboardA11y: true, // the keys are ours: see keys.ts
} as const;

/** The drawing itself. It must stand in a ReactFlowProvider. */
export function Canvas() {
  const store = useOpened();
  const ui = useUiStore();
  const home = useRef<HTMLDivElement>(null);
  const { nodes, edges, setNodes, restore } = useNodes();
  const flow = useReactFlow<DrawingNode, FlowEdge_>();
  const inner = useStoreApi();
  useUnmeasured();
  const moving = useMoving(setNodes, restore);
  const choosing = useSelecting();
  const { put, connect } = useAdding();
  /** What the keyboard was brought to since the selection last changed. */
  const aimed = useRef<string | null>(null);
  const { run, paste } = useDrawingCommands(home, moving, aimed);
  const selection = useSession((state) => state.selection);
  useEffect(() => {
    aimed.current = null;
  }, [selection]);
  const present = useUi((state) => state.present); // which keeps type large
  const far = useStore((state) => state.transform[2] < NAMES_FROM_ZOOM) && !present;
  const minimap = useUi((state) => state.minimap);
  /** Of many boxes, a map of every step of a drag would slow the drag down. */
  const moved = minimap && nodes.length > CULL_ABOVE && nodes.some(({ dragging }) => dragging);
  /** The view is fitted to the first nodes that React Flow is given, which it can do only once it knows its own size. */
  const placed = useStore((state) => state.panZoom !== null && state.width > 0);
  const pulling = useStore((state) => state.connection.inProgress);
  const connecting = useUi((state) => state.connecting !== null);
  const name = useSession((state) => state.view.system.system?.name ?? "");
  const bare = useSession(
    (state) => state.ready && state.orders.elements.length + state.orders.boundaries.length === 0,
  );
  const [boxing, setBoxing] = useState(false);

  useLayoutEffect(() => {
    // Tab goes in this order: to elements first, to the flows between them after; React never moves either
    const flows = home.current?.querySelector(".react-flow__edges");
    flows?.before(...(home.current?.querySelectorAll(".react-flow__nodes") ?? []));
  }, []);

  useCommandHandler(run);

  const onNodesChange = useCallback(
    (changes: NodeChange<DrawingNode>[]) => {
      choosing.take(changes);
      const rest = changes.filter((change) => change.type !== "select" && change.type !== "remove");
      if (rest.length > 0) setNodes((before) => applyNodeChanges(rest, before));
    },
    [choosing, setNodes],
  );
  const onEdgesChange = useCallback((changes: EdgeChange<FlowEdge_>[]) => choosing.take(changes), [choosing]);

  const onConnectEnd = useCallback<OnConnectEnd>(
    (event, state) => {
      if (state.isValid || !state.fromNode) return; // a valid end is told by onConnect
      const { clientX, clientY } = "changedTouches" in event ? (event.changedTouches[0] as Touch) : event;
      const root = home.current?.getRootNode() as Document | ShadowRoot | undefined;
      const under = root
        ?.elementFromPoint(clientX, clientY)
        ?.closest(".react-flow__node-element")
        ?.getAttribute("data-id");
      if (under && under !== state.fromNode.id) void connect(state.fromNode.id, under);
    },
    [connect],
  );

  const onDrag = (event: DragEvent): void => {
    if (!event.dataTransfer.types.includes(DRAGGED)) return;
    event.preventDefault();
    const { x, y } = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    if (event.type === "drop") {
      ui.setState({ over: null });
      void put(event.dataTransfer.getData(DRAGGED), [Math.round(x), Math.round(y)]);
    } else {
      event.dataTransfer.dropEffect = "copy";
      const over = boundaryAt([x, y], store.getState().view.boundaries);
      if (over !== ui.getState().over) ui.setState({ over });
    }
  };

  /** Which keys are held is read from the pointer, so that two drawings never hear each other's. */
  const onPoint = (event: PointerEvent): void => {
    if (event.shiftKey !== boxing) flushSync(() => setBoxing(event.shiftKey)); // a press may follow at once
    const several = event.shiftKey || event.ctrlKey || event.metaKey;
    if (event.type === "pointerdown") {
      inner.setState({ multiSelectionActive: several });
      if (!home.current?.contains(document.activeElement)) home.current?.focus({ preventScroll: true });
    }
  };

  const onFocus = (event: FocusEvent): void => {
    const id = event.target.getAttribute("data-id");
    const { connecting: begun } = ui.getState();
    if (begun && id && id in store.getState().view.elements)
      ui.setState({ connecting: { ...begun, to: id === begun.from ? null : id } });
    const node = id ? flow.getInternalNode(id) : undefined;
    if (!event.target.matches(":focus-visible")) return;
    aimed.current = id;
    if (!node) return;
    const { x, y } = node.internals.positionAbsolute;
    const {
      transform: [left, top, zoom],
      width,
      height,
    } = inner.getState();
    const [at, down] = [x * zoom + left, y * zoom + top];
    const seen =
      at >= 0 && down >= 0 && at + (node.width ?? 0) * zoom <= width && down + (node.height ?? 0) * zoom <= height;
    if (!seen) void flow.setCenter(x + (node.width ?? 0) / 2, y + (node.height ?? 0) / 2, { zoom });
  };

  return (
    // The drawing takes keys as a whole, like a text field: see keys.ts. The table beside it does the same without them.
    <div
      ref={home}
      className="nbt-canvas"
      role="application"
      aria-label={`Drawing of ${name}`}
      data-connecting={connecting}
      data-pulling={pulling}
      data-far={far}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onFocus={onFocus}
      onBlur={moving.flush}
      onPointerDownCapture={onPoint}
      onPointerMoveCapture={onPoint}
      onDragOver={onDrag}
      onDrop={onDrag}
      onDragLeave={() => ui.setState({ over: null })}
      onPaste={(event) => paste(event.clipboardData.getData("text/plain"))}
    >
      <ZoomedOut value={far}>
        <ReactFlow<DrawingNode, FlowEdge_>
          nodes={placed ? nodes : NONE}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          ariaLabelConfig={LABELS}
          {...NO_KEYS}
          onNodesChange={onNodesChange}
          onEdgesChange={onEdgesChange}
          onNodeDragStart={moving.onNodeDragStart}
          onNodeDrag={moving.onNodeDrag}
          onNodeDragStop={moving.onNodeDragStop}
          onConnect={({ source, target }) => void connect(source, target)}
          onConnectEnd={onConnectEnd}
          onSelectionStart={choosing.beginBox}
          onSelectionEnd={choosing.endBox}
          connectionMode={ConnectionMode.Loose}
          connectionRadius={0}
          nodeDragThreshold={3}
          zIndexMode="manual"
          selectionOnDrag={boxing}
          panOnDrag={!boxing}
          selectionMode={SelectionMode.Full}
          onlyRenderVisibleElements={nodes.length > CULL_ABOVE}
          elevateEdgesOnSelect={false}
          edgesReconnectable={false}
          zoomOnDoubleClick={false}
          minZoom={0.1}
          maxZoom={2.5}
          fitView
          fitViewOptions={FIT}
        >
          {!far && <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} />}
          <Presenting home={home} />
          {minimap && !moved && (
            <MiniMap pannable zoomable ariaLabel="Small map of the whole drawing" nodeBorderRadius={6} />
          )}
        </ReactFlow>
      </ZoomedOut>
      {bare && (
        <div className="nbt-canvas-empty">
          <strong>Nothing is drawn yet</strong>
          <span>
            Drag a part here, or press <kbd className="nbt-kbd">/</kbd> and type what it is.
          </span>
        </div>
      )}
    </div>
  );
}
