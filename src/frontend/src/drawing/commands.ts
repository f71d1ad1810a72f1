/** Commands of the drawing: what each key does, with what is selected or in focus. */

import { useReactFlow } from "@xyflow/react";
import { useCallback, type RefObject } from "react";
import type { Id, Point } from "../shell/protocol";
import { useOpened, useUiStore } from "../shell/store";
import { useAdding } from "./adding";
import { isNothing, keep, pasting, pick, taken, type Copied } from "./clipboard";
import type { Command } from "../shell/keys";
import type { Moving } from "./moving";
import { FIT } from "./Presenting";
import { focusThing } from "./Rename";
import { towards } from "./nodes";

const SHIFT: Point = [40, 40];
const PASTE_WAIT_MS = 60;

/** `aimed` is what the keyboard was brought to since the selection last changed: it counts before the selection. */
export function useDrawingCommands(
  canvas: RefObject<HTMLDivElement | null>,
  moving: Moving,
  aimed: RefObject<Id | null>,
): {
  run(command: Command): void;
  paste(text: string): void;
} {
  const store = useOpened();
  const ui = useUiStore();
  const flow = useReactFlow();
  const { connect, put } = useAdding();

  const add = useCallback(
    async (copied: Copied | null): Promise<void> => {
      if (!copied || isNothing(copied)) return;
      const { done } = await store.actions.act(pasting(copied, store.getState().view.system.system.id, SHIFT), {
        undo: true,
      });
      if (done && done.made.length > 0) store.actions.select(done.made);
    },
    [store],
  );

  const paste = useCallback(
    (text: string): void => {
      clearTimeout(waitingPaste);
      waitingPaste = undefined;
      void add(taken(text));
    },
    [add],
  );

  const run = useCallback(
    (command: Command): void => {
      const home = canvas.current;
      if (!home) return;
      const { view, selection } = store.getState();
      const focused = focusedIn(home);
      const alone = focused && (aimed.current === focused || selection.length === 0) && !selection.includes(focused);
      const chosen = alone ? [focused] : selection;
      const element = chosen.find((id) => id in view.elements);
      if (command.name !== "nudge") moving.flush();

      switch (command.name) {
        case "nudge":
          if (chosen !== selection) store.actions.select(chosen);
          return moving.nudge(chosen, command.dx, command.dy);
        case "aim":
          return aim(command.dx, command.dy);
        case "remove":
          return void remove(chosen);
        case "copy":
          return keep(pick(chosen, view));
        case "cut":
          keep(pick(chosen, view));
          return void remove(chosen);
        case "paste": // the browser tells what is on the clipboard right after the key, where it does at all
          clearTimeout(waitingPaste);
          waitingPaste = setTimeout(() => paste(""), PASTE_WAIT_MS);
          return;
        case "duplicate":
          return void add(pick(chosen, view));
        case "all":
          return store.actions.select([
            ...Object.keys(view.elements),
            ...Object.keys(view.boundaries),
            ...Object.keys(view.flows),
          ]);
        case "rename":
          return ui.setState({ editing: (alone ? focused : chosen[0]) ?? focused });
        case "toggle":
          if (!focused) return;
          return store.actions.select(
            selection.includes(focused) ? selection.filter((id) => id !== focused) : [...selection, focused],
          );
        case "connect":
          return begin(element ?? (focused && focused in view.elements ? focused : undefined));
        case "connectHere":
          return end();
        case "boundary":
          return void enclose(chosen);
        case "escape":
          return leave();
        case "zoomIn":
          return void flow.zoomIn();
        case "zoomOut":
          return void flow.zoomOut();
        case "fit":
          return void flow.fitView(FIT);
        default:
          return;
      }

      function begin(from: Id | undefined): void {
        const pair = selection.filter((id) => id in view.elements);
        if (pair.length === 2 && pair[0] && pair[1]) return void connect(pair[0], pair[1]);
        if (from) {
          ui.setState({ connecting: { from, to: null } });
          focusThing(home as Element, from);
        } else store.actions.tell("Select the element that the flow comes from, then press c.");
      }

      function aim(dx: number, dy: number): void {
        const { connecting } = ui.getState();
        const from = connecting && view.elements[connecting.to ?? connecting.from];
        const to = from && towards(from, dx, dy, Object.values(view.elements));
        if (to) focusThing(home as Element, to);
      }

      function end(): void {
        const { connecting } = ui.getState();
        if (!connecting?.to) return;
        ui.setState({ connecting: null });
        void connect(connecting.from, connecting.to);
      }

      async function remove(ids: readonly Id[]): Promise<void> {
        if (ids.length === 0) return;
        (home as HTMLElement).focus({ preventScroll: true });
        await store.actions.act({ op: "remove", ids }, { undo: true });
      }

      /** A boundary round the selection, in the boundary that all of it is in. */
      async function enclose(ids: readonly Id[]): Promise<void> {
        const outer = (id: Id): Id | null | undefined =>
          view.elements[id]?.boundary ?? view.boundaries[id]?.within ?? null;
        const things = ids.filter((id) => id in view.elements || id in view.boundaries);
        const all = things.filter((id) => !things.includes(outer(id) ?? ""));
        if (all.length === 0) return put("");
        const within = new Set(all.map(outer)).size === 1 ? outer(all[0] as Id) : null;
        const { done } = await store.actions.act({
          op: "add",
          part: "boundaries",
          thing: { name: "Trust boundary", ...(within && { within }) },
        });
        const made = done?.made[0];
        if (!made) return;
        await store.actions.act({ op: "move", places: {}, into: Object.fromEntries(all.map((id) => [id, made])) });
        store.actions.select([made]);
        ui.setState({ editing: made });
      }

      /** One step out: of connecting or dragging an end, of the selection, of the drawing. */
      function leave(): void {
        const { connecting, reending } = ui.getState();
        if (connecting || reending) ui.setState({ connecting: null, reending: null });
        else if (store.getState().lit) store.actions.light(null);
        else if (selection.length > 0) store.actions.select([]);
        else (home as Element).closest(".nbt-board")?.querySelector<HTMLElement>(".nbt-status")?.focus();
      }
    },
    [canvas, store, ui, flow, moving, aimed, add, paste, put, connect],
  );

  return { run, paste };
}

let waitingPaste: ReturnType<typeof setTimeout> | undefined;

function focusedIn(home: Element): Id | null {
  const root = home.getRootNode() as Document | ShadowRoot;
  const thing = root.activeElement?.closest<HTMLElement>(".react-flow__node, .react-flow__edge");
  return thing && home.contains(thing) ? (thing.dataset["id"] ?? thing.getAttribute("data-id")) : null;
}
