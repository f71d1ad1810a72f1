/** The ui: what one widget on one page shows and is busy with. Python never hears of it. */

import { createStore, type StoreApi } from "zustand";
import type { Id, Point } from "./protocol";
import type { Panel } from "./keys";
import type { Rect } from "./geometry";

export interface UiState {
  /** The thing whose name is being written. */
  editing: Id | null;
  /** The element a flow is being drawn from by keyboard, and the one it would go to. */
  connecting: { from: Id; to: Id | null } | null;
  /** The end of a flow that is being dragged, where it now is, and the element it would be at. */
  reending: { flow: Id; end: "source" | "target"; at: Point; to: Id | null } | null;
  /** The boundary that what is being dragged would fall into. */
  over: Id | null;
  /** How far boundaries reach round what is being dragged in them; only those that have to grow. */
  grown: Readonly<Record<Id, Rect>>;
  table: boolean;
  present: boolean;
  minimap: boolean;
  help: boolean;
  /** Whether the palette is open where there is no room for it beside the canvas. */
  drawer: boolean;
  /** Whether keys without Ctrl do something. */
  singles: boolean;
  /** What is shown beside the drawing. */
  panel: Panel;
}

/** What commands of the same name switch on and off. */
export const TOGGLES = ["help", "table", "present", "minimap", "drawer"] as const;

export type UiStore = StoreApi<UiState>;

const SINGLES = "nbthreat.single-keys";
export const ROLE = "nbthreat.role";

export function openUi(): UiStore {
  return createStore<UiState>(() => ({
    editing: null,
    connecting: null,
    reending: null,
    over: null,
    grown: {},
    table: false,
    present: false,
    minimap: false,
    help: false,
    drawer: false,
    singles: remembered(SINGLES) !== "off",
    panel: "cards",
  }));
}

export function setSingles(ui: UiStore, on: boolean): void {
  remember(SINGLES, on ? "on" : "off");
  ui.setState({ singles: on });
}

/** Private windows and embedded pages may refuse storage; then nothing is remembered. */
export function remembered(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // nothing is lost but the memory of it
  }
}
