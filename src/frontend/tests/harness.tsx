/** A small board, and a line to it that keeps what was sent and answers as Python would. */

import { act, cleanup, fireEvent, render, waitFor } from "@testing-library/react";
import type { ReactElement } from "react";
import { page, type Channel } from "../src/shell/connection";
import type {
  AssetView,
  BoundaryView,
  Card,
  CardsAnswer,
  ElementView,
  FlowView,
  FromPython,
  Id,
  Operation,
  Question_,
  QuestionView,
  Sections,
  ToPython,
  VocabularyView,
} from "../src/shell/protocol";
import { openStore, StoreContext, type Store } from "../src/shell/store";

export const element = (id: Id, more: Partial<ElementView> = {}): ElementView => ({
  id,
  name: id,
  label: more.name ?? id,
  technology: "application",
  also: null,
  shape: "process",
  boundary: null,
  holds: null,
  provides: null,
  needs: null,
  settings: {},
  facts: {},
  controls: {},
  note: "",
  x: 0,
  y: 0,
  ...more,
});
export const flow = (id: Id, source: Id, target: Id, more: Partial<FlowView> = {}): FlowView => ({
  id,
  name: id,
  label: id,
  source,
  target,
  carries: null,
  facts: {},
  controls: {},
  note: "",
  ...more,
});
export const boundary = (id: Id, more: Partial<BoundaryView> = {}): BoundaryView => ({
  id,
  name: id,
  label: id,
  trust: null,
  within: null,
  note: "",
  left: 0,
  top: 0,
  width: 200,
  height: 100,
  depth: 0,
  empty: false,
  ...more,
});
export const asset = (id: Id, more: Partial<AssetView> = {}): AssetView => ({
  id,
  name: id,
  label: id,
  kind: "document",
  sensitivity: null,
  personal: null,
  note: "",
  ...more,
});
export const card = (key: string, more: Partial<Card> = {}): Card => ({
  key,
  threat: key,
  title: `Threat ${key}`,
  state: "open",
  level: 4,
  levelName: "High",
  ratingSteps: ["It happens.", "Likelihood up: Anybody sends to it."],
  subject: "screener",
  because: "web can be written by outsiders",
  path: ["web", "read", "screener"],
  steps: [
    { id: "web", label: "Web pages", kind: "element" },
    { id: "read", label: "read", kind: "flow" },
    { id: "screener", label: "Screener", kind: "element" },
  ],
  summary: "Somebody hides instructions.",
  seen: [{ what: "A mail sent data out.", source: "CVE-2025-32711" }],
  wrongWhen: "Only operators write it.",
  provisions: ["3.1"],
  unknown: [{ id: "input-filter", subject: "screener", text: "Whether inputs are filtered." }],
  controls: [{ id: "input-filter", name: "Input filter", what: "Looks at what comes in.", subjects: ["screener"] }],
  standing: "new",
  decision: "",
  ...more,
});
export const question = (id: string, more: Partial<QuestionView> = {}): QuestionView => ({
  id,
  text: `Question ${id}?`,
  kind: "fact",
  name: "online-learning",
  subjects: ["screener"],
  settles: 2,
  ask: "operator",
  effects: { yes: "opens 1 finding", no: "settles 2 findings" },
  ...more,
});

const VOCABULARY: VocabularyView = {
  technologies: [
    {
      id: "application",
      name: "Application",
      what: "Software of ours.",
      within: null,
      shape: "process",
      generic: false,
      facts: ["online-learning"],
      controls: ["input-filter"],
    },
    {
      id: "vector-store",
      name: "Vector store",
      what: "Finds text that is near.",
      within: null,
      shape: "store",
      generic: false,
      facts: ["online-learning", "outsiders-can-write"],
      controls: ["input-filter"],
    },
  ],
  kinds: [
    { id: "document", name: "Document", what: "" },
    { id: "prompt", name: "Prompt", what: "" },
  ],
  capabilities: [{ id: "text", name: "Text", what: "" }],
  facts: [
    {
      id: "online-learning",
      name: "Learns in use",
      what: "It keeps learning.",
      question: "Does {name} go on learning?",
    },
    { id: "outsiders-can-write", name: "Outsiders can write", what: "", question: "Can outsiders write to {name}?" },
  ],
  controls: [
    {
      id: "input-filter",
      name: "Input filter",
      what: "Looks at what comes in.",
      question: "Is what comes into {name} looked at?",
    },
  ],
  flowFacts: [],
  flowControls: [],
  systemFacts: [],
  systemControls: [],
  trusts: ["none", "partner", "high"],
  sensitivities: ["public", "internal"],
  lifecycles: ["design", "deployment"],
  stakes: ["low", "high"],
  treatments: ["mitigate", "accept", "transfer", "avoid"],
  library: "test",
};

export function board(more: Partial<Sections> = {}): Sections {
  return {
    system: {
      system: {
        id: "sys",
        name: "Screening",
        version: "1.0",
        owner: "Talent",
        purpose: "",
        lifecycle: null,
        stakes: null,
        facts: {},
        controls: {},
      },
    },
    elements: {
      web: element("web", { name: "Web pages" }),
      screener: element("screener", {
        name: "Screener",
        technology: "vector-store",
        boundary: "tenant",
        x: 240,
        y: 80,
      }),
    },
    flows: { read: flow("read", "web", "screener") },
    boundaries: { tenant: boundary("tenant", { label: "Our tenant" }) },
    assets: { cvs: asset("cvs", { label: "CVs" }) },
    badges: { screener: { open: 2, possible: 1, toClarify: 1 } },
    questions: {},
    principles: {},
    counts: { counts: { open: 3, possible: 12, toClarify: 2, mitigated: 0, setAside: 0, decided: 0 } },
    status: {
      status: {
        saving: "saved",
        savedAt: null,
        why: "",
        path: "",
        undo: "delete Vector store",
        redo: null,
        offer: [],
        clashes: [],
        recovered: "",
        matched: 1,
        settled: 1,
        complete: true,
        starters: [],
        journals: [],
      },
    },
    ...more,
  };
}

export interface Answers {
  cards?: CardsAnswer;
  refuse?: string;
  other?: (ask: Question_) => unknown;
}

/** A line that answers at once. `refuse` refuses every operation with those words. */
export class FakeChannel implements Channel {
  readonly sent: ToPython[] = [];
  private hear: (content: unknown) => void = () => undefined;
  revision = 1;

  constructor(
    readonly view: Sections,
    readonly answers: Answers,
  ) {}

  on(_event: "msg:custom", callback: (content: unknown, buffers: readonly DataView[]) => void): void {
    this.hear = (content) => callback(content, []);
  }
  off(): void {
    this.hear = () => undefined;
  }

  send(content: unknown): void {
    const message = content as ToPython;
    this.sent.push(message);
    queueMicrotask(() => this.reply(message));
  }

  tell(message: FromPython): void {
    act(() => this.hear(message));
  }

  private get cards(): CardsAnswer {
    return this.answers.cards ?? { cards: [], total: 0, hidden: 0, why: "", skip: 0 };
  }

  private reply(message: ToPython): void {
    if (message.type === "hello") {
      const order = Object.fromEntries(
        ["elements", "flows", "boundaries", "assets", "questions", "principles"].map((part) => [
          part,
          Object.keys(this.view[part as keyof Sections]),
        ]),
      );
      this.hear({
        type: "welcome",
        page,
        revision: this.revision,
        vocabulary: VOCABULARY,
        view: this.view,
        orders: order,
        part: "",
        selection: [],
        filter: "",
        cards: this.cards,
      });
    } else if (message.type === "do") {
      if (this.answers.refuse) this.hear({ type: "refused", page, id: message.id, message: this.answers.refuse });
      else
        this.hear({ type: "done", page, id: message.id, revision: this.revision, made: ["made-1"], name: "Done it" });
    } else if (message.type === "ask") {
      const data = message.ask.ask === "cards" ? this.cards : this.answers.other?.(message.ask);
      this.hear({ type: "answer", page, id: message.id, data });
    }
  }

  /** The operations sent so far. */
  get ops(): Operation[] {
    return this.sent.flatMap((message) => (message.type === "do" ? [message.op] : []));
  }
  asked(name: Question_["ask"]): Question_[] {
    return this.sent.flatMap((message) => (message.type === "ask" && message.ask.ask === name ? [message.ask] : []));
  }
}

export interface Opened {
  line: FakeChannel;
  store: Store;
  root: HTMLElement;
}

let last: Store | null = null;

/** Draw a panel on a board, and wait until Python has said welcome. */
export async function open(panel: ReactElement, view: Sections = board(), answers: Answers = {}): Promise<Opened> {
  const line = new FakeChannel(view, answers);
  const store = openStore(line);
  last = store;
  const { container } = render(
    <StoreContext value={store}>
      <div className="nbt" data-testid="root">
        {panel}
      </div>
    </StoreContext>,
  );
  await waitFor(() => {
    if (!store.getState().ready || !store.getState().cards) throw new Error("not yet");
  });
  return { line, store, root: container.firstElementChild as HTMLElement };
}

export function shut(): void {
  cleanup();
  last?.actions.close();
  last = null;
}

/** Let everything that is under way arrive. */
export async function settle(): Promise<void> {
  await act(async () => {
    await new Promise((done) => setTimeout(done, 5));
  });
}

/** Type into a field as a person does, and leave it. */
export function write(field: HTMLElement, text: string, key: "Enter" | "Escape" | "blur"): void {
  field.focus();
  fireEvent.change(field, { target: { value: text } });
  if (key === "blur") fireEvent.blur(field);
  else fireEvent.keyDown(field, { key });
}

export const firstPage: CardsAnswer = {
  cards: Array.from({ length: 12 }, (_, n) => card(`t${n}@screener`)),
  total: 37,
  hidden: 25,
  why: "the worst of each threat first; 25 more",
  skip: 0,
};
