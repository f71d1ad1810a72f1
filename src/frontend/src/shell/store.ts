/** The one store of a widget: the view as Python last told it, and what this page alone knows. */

import { createContext, useContext, useEffect, useRef } from "react";
import { createStore, useStore, type StoreApi } from "zustand";
import { Connection, page, Refused, type Done, type Channel } from "./connection";
import { watchKernel, type Absence } from "./kernel";
import type { Command } from "./keys";
import { openUi, TOGGLES, type UiState, type UiStore } from "./uiState";
import {} from "./store";
import type {
  CardsAnswer,
  FindingState,
  FromPython,
  Id,
  Operation,
  Orders,
  Question_,
  Sections,
  VocabularyView,
} from "./protocol";

/** Something to tell the person: shown for ten seconds and read aloud. `undo` offers to take the last step back. */
export interface Notice {
  text: string;
  kind: "done" | "refused";
  undo: boolean;
  number: number;
}

export interface State {
  ready: boolean;
  part: string;
  revision: number;
  vocabulary: VocabularyView | null;
  view: Sections;
  orders: Orders;
  waiting: number;
  lost: boolean;
  /** Why nothing can be done here any more, where the notebook tells; null again once anything is heard. */
  absence: Absence | null;
  selection: readonly Id[];
  filter: string;
  states: readonly FindingState[];
  skip: number;
  cards: CardsAnswer | null;
  /** The finding whose path is lit, and that path. */
  lit: { key: string; path: readonly Id[] } | null;
  notice: Notice | null;
}

/** What came of an operation; `refusal` says why it was not taken, and is empty where it was. */
export interface Outcome {
  done: Done | undefined;
  refusal: string;
}

/** Does what it knows of a command, and leaves the rest. */
export type CommandHandler = (command: Command) => void;

/** The way to change anything: what buttons, keys and fields ask for goes through here. */
export interface Actions {
  /** Carry out what a key or a button asks for, after all that is drawn and listens has heard it. */
  run(command: Command): void;
  /** Have commands told to `handler`; returns what stops that. */
  handle(handler: CommandHandler): () => void;
  /** Propose an operation; a refusal becomes a notice too. */
  act(op: Operation, options?: { undo?: boolean }): Promise<Outcome>;
  ask<T>(ask: Question_): Promise<T>;
  select(ids: readonly Id[]): void;
  search(filter: string): void;
  show(states: readonly FindingState[], skip: number): void;
  light(lit: State["lit"]): void;
  tell(text: string, kind?: Notice["kind"], undo?: boolean): void;
  hush(): void;
  sign(by: string): void;
  close(): void;
}

export type Store = StoreApi<State> & { ui: UiStore; actions: Actions };

const EMPTY: Sections = {
  system: {} as Sections["system"],
  elements: {},
  flows: {},
  boundaries: {},
  assets: {},
  badges: {},
  questions: {},
  principles: {},
  counts: {} as Sections["counts"],
  status: {} as Sections["status"],
};
const NO_ORDER: Orders = { elements: [], flows: [], boundaries: [], assets: [], questions: [], principles: [] };

/** The view with a change laid over it; what the change does not name keeps its identity. */
export function changed(view: Sections, message: Extract<FromPython, { type: "change" }>): Sections {
  const next: Record<string, Record<string, unknown>> = {
    ...(view as unknown as Record<string, Record<string, unknown>>),
  };
  for (const [section, things] of Object.entries(message.set)) next[section] = { ...next[section], ...things };
  for (const [section, ids] of Object.entries(message.unset)) {
    const left = { ...next[section] };
    for (const id of ids) delete left[id];
    next[section] = left;
  }
  return next as unknown as Sections;
}

export function openStore(line: Channel): Store {
  const store = createStore<State>(() => ({
    ready: false,
    part: "",
    revision: 0,
    vocabulary: null,
    view: EMPTY,
    orders: NO_ORDER,
    waiting: 0,
    lost: false,
    absence: null,
    selection: [],
    filter: "",
    states: [],
    skip: 0,
    cards: null,
    lit: null,
    notice: null,
  }));
  const { setState: set, getState: get } = store;
  const ui = openUi();
  const handlers = new Set<CommandHandler>();
  let notices = 0;
  let asked = 0;
  let pending = 0;
  let outdated = false;

  const hear = (message: FromPython): void => {
    if (get().absence) set({ absence: null });
    if (message.type === "welcome") {
      const { revision, vocabulary, view, orders, part, selection, filter, cards } = message;
      const { states, skip } = get();
      const asItWas = states.length === 0 && skip === 0;
      set({ ready: true, revision, vocabulary, view, orders, part, selection, filter, ...(asItWas && { cards }) });
      if (!asItWas) void refresh();
    } else if (message.type === "change") {
      if (!get().ready) return;
      if (message.base !== get().revision) return connection.hello();
      const cards = pending === 0 ? message.cards?.[page] : undefined; // what is on its way is for another choice
      set((state) => {
        const view = changed(state.view, message);
        const selection = state.selection.filter((id) => exists(view, id));
        return {
          revision: message.revision,
          view,
          orders: { ...state.orders, ...message.orders },
          cards: cards ?? state.cards,
          selection: selection.length === state.selection.length ? state.selection : selection,
        };
      });
      if (message.cards && pending > 0) outdated = true;
      else if (message.cards && !cards) void refresh();
    } else if (message.type === "select") {
      set({ selection: message.ids, filter: message.filter, skip: 0 });
      void refresh();
    }
  };
  const connection = new Connection(line, hear, (waiting, lost) => {
    if (get().waiting !== waiting || get().lost !== lost) set({ waiting, lost });
  });

  const unwatch = watchKernel(
    line,
    (absence) => set({ absence }),
    () => connection.hello(), // which is told as lost where nobody answers
  );

  async function refresh(): Promise<void> {
    const number = (asked += 1);
    pending += 1;
    const { selection, filter, states, skip } = get();
    const cards = await connection
      .ask<CardsAnswer>({ ask: "cards", ids: selection, filter, states, skip })
      .catch(() => null);
    pending -= 1;
    if (cards && number === asked) set({ cards });
    if (pending > 0 || !outdated) return;
    outdated = false;
    void refresh();
  }

  const actions: Actions = {
    run(command) {
      for (const handler of [...handlers]) handler(command); // a drawing sends what arrows moved before a step is undone
      switch (command.name) {
        case "save":
        case "undo":
        case "redo":
          void actions.act({ op: command.name });
          break;
        case "show":
          ui.setState({ panel: command.panel });
          break;
        case "previousCard":
        case "nextCard":
        case "dismissCard":
          ui.setState({ panel: "cards" });
          break;
        case "search":
        case "palette":
          ui.setState({ drawer: true });
          break;
        default: {
          const toggle = TOGGLES.find((name) => name === command.name);
          if (toggle) ui.setState((now) => ({ [toggle]: !now[toggle] }));
        }
      }
    },
    handle(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    async act(op, options) {
      try {
        const done = await connection.do(op);
        if (options?.undo) actions.tell(`${done.name}.`, "done", true);
        return { done, refusal: "" };
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        actions.tell(error.message, "refused");
        return { done: undefined, refusal: error.message };
      }
    },
    ask: (ask) => connection.ask(ask),
    select(ids) {
      set({ selection: ids, skip: 0 });
      connection.select(ids, get().filter);
      void refresh();
    },
    search(filter) {
      set({ filter, skip: 0 });
      connection.select(get().selection, filter);
      void refresh();
    },
    show(states, skip) {
      set({ states, skip });
      void refresh();
    },
    light: (lit) => set({ lit }),
    tell(text, kind = "done", undo = false) {
      set({ notice: { text, kind, undo, number: (notices += 1) } });
    },
    hush: () => set({ notice: null }),
    sign: (by) => {
      connection.by = by;
    },
    close() {
      unwatch();
      connection.close();
    },
  };
  return Object.assign(store, { ui, actions });
}

function exists(view: Sections, id: Id): boolean {
  return (
    id in view.elements ||
    id in view.flows ||
    id in view.boundaries ||
    id in view.assets ||
    view.system.system?.id === id
  );
}

export const StoreContext = createContext<Store | null>(null);

export function useSession<T>(pick: (state: State) => T): T {
  return useStore(useOpened(), pick);
}

export function useActions(): Actions {
  return useOpened().actions;
}

/** The state of the interface, to read and to change. */
export function useUiStore(): UiStore {
  return useOpened().ui;
}

export function useUi<T>(pick: (state: UiState) => T): T {
  return useStore(useUiStore(), pick);
}

/** Have commands told to a part for as long as it is drawn. */
export function useCommandHandler(handler: CommandHandler): void {
  const { handle } = useActions();
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => handle((command) => latest.current(command)), [handle]);
}

export function useOpened(): Store {
  const store = useContext(StoreContext);
  if (!store) throw new Error("a part was drawn outside its widget");
  return store;
}
