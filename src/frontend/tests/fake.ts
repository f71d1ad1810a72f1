/** A stand-in for Python: knows one drawing, takes operations roughly, and answers as the real one does. */

import type {
  BoundaryView,
  Card,
  CardsAnswer,
  ElementView,
  Fields,
  FlowView,
  FromPython,
  Id,
  Operation,
  Point,
  Question_,
  Sections,
  TechnologyTerm,
  ToPython,
  VocabularyView,
} from "../src/shell/protocol";
import type { Channel } from "../src/shell/connection";

const TECHNOLOGIES: readonly (readonly [string, string, string | null, ElementView["shape"], boolean?])[] = [
  ["process", "Process", null, "process", true],
  ["model", "Model", "process", "process", true],
  ["generative-model", "Generative model", "model", "process", true],
  ["hosted-llm", "Hosted LLM", "generative-model", "process"],
  ["own-llm", "Own LLM", "generative-model", "process"],
  ["embedding-model", "Embedding model", "model", "process"],
  ["application", "Application", "process", "process"],
  ["client-ui", "Client", "process", "process"],
  ["gateway", "Gateway", "process", "process"],
  ["guardrail", "Guardrail", "process", "process"],
  ["retriever", "Retriever", "process", "process"],
  ["agent", "Agent", "process", "process"],
  ["tool", "Tool", "process", "process"],
  ["mcp-server", "MCP server", "tool", "process"],
  ["data-pipeline", "Data pipeline", "process", "process"],
  ["store", "Store", null, "store", true],
  ["knowledge-base", "Knowledge base", "store", "store"],
  ["vector-store", "Vector store", "store", "store"],
  ["prompt-store", "Prompt store", "store", "store"],
  ["conversation-store", "Conversation store", "store", "store"],
  ["external", "Outside party", null, "external", true],
  ["person", "Person", "external", "external"],
  ["end-user", "End user", "person", "external"],
  ["staff", "Staff", "person", "external"],
  ["web-pages", "Web pages", "external", "external"],
];
const ELEMENTS: readonly (readonly [Id, string, string, Id | null, number, number])[] = [
  ["customers", "Customers", "end-user", "internet", 40, 0],
  ["chat-page", "Chat page", "client-ui", "internet", 40, 180],
  ["assistant", "Assistant", "application", "live", 400, 180],
  ["prompts", "Prompt library", "prompt-store", "live", 400, 0],
  ["retriever", "Passage finder", "retriever", "live", 640, 180],
  ["index", "Passage index", "vector-store", "live", 880, 180],
  ["library", "Document library", "knowledge-base", "live", 880, 0],
  ["indexing", "Indexing", "data-pipeline", "live", 640, 0],
  ["chat-log", "Chat log", "conversation-store", "live", 400, 340],
  ["booking", "Booking service", "tool", "live", 640, 340],
  ["chat-model", "Chat model", "hosted-llm", "vendor", 400, 660],
  ["embedder", "Embedding model", "embedding-model", "vendor", 720, 660],
  ["employees", "Employees", "staff", "office", 880, 500],
];
const FLOWS: readonly (readonly [Id, string, Id, Id])[] = [
  ["ask", "Question", "customers", "chat-page"],
  ["show", "Answer shown", "chat-page", "customers"],
  ["send", "Question sent", "chat-page", "assistant"],
  ["reply", "Answer", "assistant", "chat-page"],
  ["instructions", "Standing instructions", "prompts", "assistant"],
  ["find", "Search words", "assistant", "retriever"],
  ["passages", "Passages found", "retriever", "assistant"],
  ["look-up", "Nearest vectors", "retriever", "index"],
  ["read", "Articles", "library", "indexing"],
  ["fill", "Vectors", "indexing", "index"],
  ["log", "Chat", "assistant", "chat-log"],
  ["prompt", "Full prompt", "assistant", "chat-model"],
  ["completion", "Completion", "chat-model", "assistant"],
  ["embed", "Text to embed", "indexing", "embedder"],
  ["book", "Booking", "assistant", "booking"],
  ["edit", "", "employees", "library"],
];
const BOUNDARIES: readonly (readonly [
  Id,
  string,
  BoundaryView["trust"],
  Id | null,
  number,
  number,
  number,
  number,
  number,
])[] = [
  ["internet", "Internet", "none", null, -66, -83, 212, 322, 0],
  ["organisation", "Organisation", "high", null, 268, -133, 744, 718, 0],
  ["live", "Live service", "high", "organisation", 294, -83, 692, 482, 1],
  ["office", "Office", null, "organisation", 774, 417, 212, 142, 1],
  ["vendor", "Model vendor", "partner", null, 294, 577, 532, 142, 0],
];

const PATH = ["customers", "ask", "chat-page", "send", "assistant", "prompt", "chat-model"];
const CARDS: readonly Card[] = [
  "Direct prompt injection",
  "Indirect prompt injection",
  "Output believed unchecked",
].map((title, n) => ({
  key: `t${n}@chat-model`,
  threat: `t${n}`,
  title,
  state: n === 0 ? "open" : "possible",
  level: n === 0 ? 4 : 3,
  levelName: n === 0 ? "high" : "moderate",
  ratingSteps: ["It happens."],
  subject: "chat-model",
  because:
    "What Customers write reaches Chat model by way of Chat page and Assistant, and nothing on the way checks it.",
  path: PATH,
  steps: PATH.map((id, at) => ({ id, label: id, kind: at % 2 ? ("flow" as const) : ("element" as const) })),
  summary: "Words become orders.",
  seen: [{ what: "A chatbot sold a car for one dollar.", source: "AIID-622" }],
  wrongWhen: "Only trusted people can write.",
  provisions: [],
  unknown: [],
  controls: [],
  standing: "new",
  decision: "",
}));

const NO = {} as Readonly<Record<string, boolean>>;

function drawing(): Sections {
  const shape = new Map(TECHNOLOGIES.map(([id, , , shapeOf]) => [id, shapeOf]));
  const elements = Object.fromEntries(
    ELEMENTS.map(([id, name, technology, boundary, x, y]) => [
      id,
      {
        id,
        name,
        label: name,
        technology,
        also: null,
        shape: shape.get(technology) ?? "process",
        boundary,
        holds: null,
        provides: null,
        needs: null,
        settings: {},
        facts: NO,
        controls: NO,
        note: "",
        x,
        y,
      } satisfies ElementView,
    ]),
  );
  const flows = Object.fromEntries(
    FLOWS.map(([id, name, source, target]) => [
      id,
      {
        id,
        name,
        label: name || id,
        source,
        target,
        carries: null,
        facts: NO,
        controls: NO,
        note: "",
      } satisfies FlowView,
    ]),
  );
  const boundaries = Object.fromEntries(
    BOUNDARIES.map(([id, name, trust, within, left, top, width, height, depth]) => [
      id,
      {
        id,
        name,
        label: name,
        trust,
        within,
        note: "",
        left,
        top,
        width,
        height,
        depth,
        empty: false,
      } satisfies BoundaryView,
    ]),
  );
  return {
    system: {
      system: {
        id: "chatbot",
        name: "Chatbot",
        version: "3.0",
        owner: "Digital",
        purpose: "",
        lifecycle: null,
        stakes: null,
        facts: NO,
        controls: NO,
      },
    },
    elements,
    flows,
    boundaries,
    assets: {},
    badges: {
      assistant: { open: 2, possible: 3, toClarify: 0 },
      "chat-model": { open: 1, possible: 0, toClarify: 0 },
      index: { open: 0, possible: 4, toClarify: 0 },
      prompts: { open: 0, possible: 1, toClarify: 0 },
      completion: { open: 1, possible: 2, toClarify: 0 },
    },
    questions: {
      q1: {
        id: "q1",
        text: "Does Assistant check what the model answers before it is used?",
        kind: "control",
        name: "output-check",
        subjects: ["assistant"],
        settles: 3,
        ask: "architect",
        effects: { yes: "removes 2 of 3", no: "opens 3" },
      },
    },
    principles: Object.fromEntries(
      Array.from({ length: 13 }, (_, n) => [
        String(n + 1),
        {
          number: n + 1,
          title: `Principle ${n + 1}`,
          satisfied: n % 3,
          notSatisfied: n % 2,
          inconclusive: 2,
          nothingDrawn: 0,
          notApplicable: 0,
          open: n % 4,
        },
      ]),
    ),
    counts: { counts: { open: 4, possible: 10, toClarify: 2, mitigated: 2, setAside: 1, decided: 1 } },
    status: {
      status: {
        saving: "saved",
        savedAt: "14:02:31",
        why: "",
        path: "chatbot.yaml",
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
  };
}

function vocabulary(): VocabularyView {
  return {
    technologies: TECHNOLOGIES.map(([id, name, within, shape, generic = false]): TechnologyTerm => ({
      id,
      name,
      within,
      shape,
      generic,
      what: `${name}.`,
      facts: [],
      controls: [],
    })),
    kinds: [],
    capabilities: [],
    facts: [],
    controls: [],
    flowFacts: [],
    flowControls: [],
    systemFacts: [],
    systemControls: [],
    trusts: ["high", "partner", "none"],
    sensitivities: [],
    lifecycles: [],
    stakes: [],
    treatments: ["mitigate", "accept", "transfer", "avoid"],
    library: "test",
  };
}

/** Of the answers to a hello, what tests like to have different. */
export interface Wanted {
  part?: string;
  change?: (view: Sections) => Sections;
  refuse?: (op: Operation) => string | undefined;
}

export class Fake implements Channel {
  readonly heard: ToPython[] = [];
  view = drawing();
  revision = 1;
  /** Switched off, nothing is answered: as while the line is cut. */
  answers = true;
  private readonly ears = new Set<(content: unknown, buffers: readonly DataView[]) => void>();
  private made = 0;

  constructor(private readonly wanted: Wanted = {}) {
    if (wanted.change) this.view = wanted.change(this.view);
  }

  on(_event: "msg:custom", callback: (content: unknown, buffers: readonly DataView[]) => void): void {
    this.ears.add(callback);
  }

  off(_event: "msg:custom", callback: (content: unknown, buffers: readonly DataView[]) => void): void {
    this.ears.delete(callback);
  }

  tell(message: FromPython): void {
    for (const ear of this.ears) ear(structuredClone(message), []);
  }

  get operations(): Operation[] {
    return this.heard.flatMap((message) => (message.type === "do" ? [message.op] : []));
  }

  send(content: unknown): void {
    const message = content as ToPython;
    this.heard.push(message);
    if (this.answers) setTimeout(() => this.answer(message), 5);
  }

  private answer(message: ToPython): void {
    if (message.type === "hello") {
      const { view, revision } = this;
      const orders = {
        elements: Object.keys(view.elements),
        flows: Object.keys(view.flows),
        boundaries: Object.keys(view.boundaries),
        assets: [],
        questions: Object.keys(view.questions),
        principles: Object.keys(view.principles),
      };
      this.tell({
        type: "welcome",
        page: message.page,
        revision,
        vocabulary: vocabulary(),
        view,
        orders,
        part: this.wanted.part ?? "workbench",
        selection: [],
        filter: "",
        cards: this.reply({ ask: "cards", ids: [] }) as CardsAnswer,
      });
    } else if (message.type === "ask") {
      this.tell({ type: "answer", page: message.page, id: message.id, data: this.reply(message.ask) });
    } else if (message.type === "do") {
      const why = this.wanted.refuse?.(message.op);
      if (why) return this.tell({ type: "refused", page: message.page, id: message.id, message: why });
      const made = this.apply(message.op);
      this.tell({
        type: "done",
        page: message.page,
        id: message.id,
        revision: this.revision,
        made,
        name: `${message.op.op} done`,
      });
    }
  }

  private reply(ask: Question_): unknown {
    if (ask.ask === "cards") return { cards: CARDS, total: CARDS.length, hidden: 0, why: "", skip: 0 };
    if (ask.ask === "copy")
      return {
        name: "chatbot.yaml",
        system: "nbthreat: 1\n",
        registerName: "chatbot.register.yaml",
        register: "",
        svg: "",
      };
    return { rows: [], lines: [], steps: [], provisions: [], text: "", removes: [], opens: [], raises: [] };
  }

  private apply(op: Operation): Id[] {
    const set: Partial<Record<keyof Sections, Record<string, unknown>>> = {};
    const unset: Partial<Record<keyof Sections, string[]>> = {};
    const made: Id[] = [];
    const put = (section: keyof Sections, id: Id, thing: object): void => {
      (set[section] ??= {})[id] = thing;
      this.view = { ...this.view, [section]: { ...this.view[section], [id]: thing } };
    };
    const drop = (section: keyof Sections, id: Id): void => {
      (unset[section] ??= []).push(id);
      const left: Record<string, unknown> = { ...this.view[section] };
      delete left[id];
      this.view = { ...this.view, [section]: left };
    };
    if (op.op === "add") {
      const id = `new-${(this.made += 1)}`;
      made.push(id);
      put(op.part, id, this.thing(id, op.part, op.thing, op.at ?? [0, 0]));
    } else if (op.op === "change") {
      for (const id of op.ids)
        for (const section of ["elements", "flows", "boundaries"] as const) {
          const thing = this.view[section][id];
          if (thing) put(section, id, { ...thing, ...op.set, label: op.set["name"] ?? thing.label });
        }
    } else if (op.op === "remove") {
      for (const id of op.ids) {
        for (const flow of Object.values(this.view.flows))
          if (flow.id === id || flow.source === id || flow.target === id) drop("flows", flow.id);
        for (const section of ["elements", "boundaries"] as const) if (this.view[section][id]) drop(section, id);
      }
    } else if (op.op === "move") {
      for (const [id, [x, y]] of Object.entries(op.places)) {
        const [element, empty] = [this.view.elements[id], this.view.boundaries[id]];
        if (element) put("elements", id, { ...element, x, y });
        else if (empty) put("boundaries", id, { ...empty, left: x - empty.width / 2, top: y - empty.height / 2 });
      }
      for (const [id, into] of Object.entries(op.into ?? {})) {
        const [element, inner] = [this.view.elements[id], this.view.boundaries[id]];
        if (element) put("elements", id, { ...element, boundary: into });
        else if (inner) put("boundaries", id, { ...inner, within: into });
      }
    } else if (op.op === "paste") {
      for (const element of op.elements ?? []) {
        const id = `copy-${(this.made += 1)}`;
        const [x, y] = [Number(element["x"]) + (op.shift?.[0] ?? 0), Number(element["y"]) + (op.shift?.[1] ?? 0)];
        made.push(id);
        put("elements", id, { ...element, id, x, y });
      }
    }
    this.regions(put);
    const base = this.revision;
    this.revision += 1;
    const orders = {
      elements: Object.keys(this.view.elements),
      flows: Object.keys(this.view.flows),
      boundaries: Object.keys(this.view.boundaries),
    };
    this.tell({ type: "change", base, revision: this.revision, set, unset, orders });
    return made;
  }

  /** Boundaries are as large as what is in them. */
  private regions(put: (section: keyof Sections, id: Id, thing: object) => void): void {
    for (const region of Object.values(this.view.boundaries).sort((a, b) => b.depth - a.depth)) {
      const inner = [
        ...Object.values(this.view.elements)
          .filter(({ boundary }) => boundary === region.id)
          .map(({ x, y }) => [x - 80, y - 33, x + 80, y + 33] as const),
        ...Object.values(this.view.boundaries)
          .filter(({ within }) => within === region.id)
          .map((b) => [b.left, b.top, b.left + b.width, b.top + b.height] as const),
      ];
      if (inner.length === 0) continue;
      const left = Math.min(...inner.map((rect) => rect[0])) - 26;
      const top = Math.min(...inner.map((rect) => rect[1])) - 50;
      const width = Math.max(...inner.map((rect) => rect[2])) + 26 - left;
      const height = Math.max(...inner.map((rect) => rect[3])) + 26 - top;
      if (
        left !== region.left ||
        top !== region.top ||
        width !== region.width ||
        height !== region.height ||
        region.empty
      ) {
        put("boundaries", region.id, { ...region, left, top, width, height, empty: false });
      }
    }
  }

  private thing(id: Id, part: string, thing: Fields, [x, y]: Point): object {
    const name = String(thing["name"] ?? "");
    if (part === "flows")
      return { id, name, label: name || id, carries: null, facts: NO, controls: NO, note: "", ...thing };
    if (part === "boundaries") {
      return {
        id,
        name,
        label: name,
        trust: null,
        note: "",
        left: x - 120,
        top: y - 60,
        width: 240,
        height: 120,
        empty: true,
        within: null,
        ...thing,
        depth: this.view.boundaries[String(thing["within"])] ? 2 : 0,
      };
    }
    const technology = TECHNOLOGIES.find(([name]) => name === thing["technology"]);
    return {
      ...this.view.elements["assistant"],
      holds: null,
      boundary: null,
      note: "",
      ...thing,
      id,
      name,
      label: name || (technology?.[1] ?? id),
      shape: technology?.[3] ?? "process",
      x,
      y,
    };
  }
}
