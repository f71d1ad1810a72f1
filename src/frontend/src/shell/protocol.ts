/**
 * The messages between the widgets and Python, and nothing else.
 *
 * Python holds the truth. The browser proposes operations; Python applies each whole or refuses it in words, and tells
 * everybody what changed. `src/nbthreat/workbench/editing/messages.py` is the same list on the other side, and a test holds the
 * two together: every interface named `Do…` and `Ask…` here is a class of that name there, field by field.
 *
 * A question mark means that the field may be left out; `null` in a `set` means "not known" or "none".
 * Lengths are CSS pixels of the drawing; `x` and `y` are the middle of a box; times are ISO 8601.
 */

export type Id = string;
export type Answer = boolean | null; // yes, no, not known
export type Part = "elements" | "flows" | "boundaries" | "assets";
export type Level = 1 | 2 | 3 | 4 | 5;
export type FindingState = "open" | "possible" | "mitigated";
export type Shape = "process" | "store" | "external";
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };
export type Fields = Readonly<Record<string, Plain>>;
export type Point = readonly [number, number];

// Browser → Python: operations. Each is one step that can be undone, but for the last five.

/** Draw something. `thing` has the fields of the file format; `id` is made from the name where it is left out. */
export interface DoAdd { op: "add"; part: Part; thing: Fields; at?: Point }
/** Change fields of one thing or several, or of the system itself; in a map (facts, controls) key by key. */
export interface DoChange { op: "change"; ids: readonly Id[]; set: Fields }
/** Take things away: an element with its flows; what is in a boundary moves out to the one around it. */
export interface DoRemove { op: "remove"; ids: readonly Id[] }
/** Put elements and boundaries somewhere, and into another boundary (or out of all, with `null`). */
export interface DoMove { op: "move"; places: Readonly<Record<Id, Point>>; into?: Readonly<Record<Id, Id | null>> }
/** Add copies. `things` are as the view gives them; ids are made anew, and flows follow their copied ends. */
export interface DoPaste {
  op: "paste";
  elements?: readonly Fields[];
  flows?: readonly Fields[];
  boundaries?: readonly Fields[];
  assets?: readonly Fields[];
  shift?: Point;
}
export type Alignment = "left" | "centre" | "right" | "top" | "middle" | "bottom" | "across" | "down";
export interface DoAlign { op: "align"; ids: readonly Id[]; how: Alignment }
/** Arrange the whole drawing anew. */
export interface DoTidy { op: "tidy" }
export type Treatment = "mitigate" | "accept" | "transfer" | "avoid";
export type Confidence = "low" | "moderate" | "high";
export type Cost = "S" | "M" | "L"; // days, weeks, months
/** What people expect once the plan is done; `because` is needed where that is lower than it rates now. */
export interface Residual { likelihood: Level; impact: Level; because?: string }
/** What an operator or an end-user is told of a risk, in plain words; `told` is a date. */
export interface Advice { to: "operator" | "end-user"; text: string; told?: string }
export type Unsaid = "residual" | "confidence" | "cost";
/**
 * Decide about a finding. `accept` needs approver, expires (a date) and the reason in `rationale`. `keys` are further
 * findings under the same decision: exactly these, or, where they are left out, those that were before.
 * What is left out from `residual` on stays as it was decided before, but for what is to `clear`.
 */
export interface DoDecide {
  op: "decide";
  key: string;
  keys?: readonly string[];
  treatment: Treatment;
  owner: string;
  rationale: string;
  due?: string;
  approver?: string;
  expires?: string;
  residual?: Residual;
  confidence?: Confidence;
  plan?: string;
  cost?: Cost;
  communicate?: readonly Advice[];
  marking?: string; // "TLP:AMBER"; empty: nobody says
  clear?: readonly Unsaid[];
}
/** Say that a finding does not apply here, and why. It stays so through renames, moves and redrawing. */
export interface DoDismiss { op: "dismiss"; key: string; reason: string }
/** Take back what was decided about a finding, or that it was set aside. */
export interface DoReopen { op: "reopen"; key: string }
/**
 * Decide about each of several findings, dismiss or reopen each, in one step: all or none. `do` is that operation
 * without a key; a decision is about each alone, with a number of its own.
 */
export interface DoEach { op: "each"; keys: readonly string[]; do: Fields }
/** Say that a provision of the Code does not apply here, and why. */
export interface DoExclude { op: "exclude"; provision: string; reason: string }
/** Note that somebody looked at the whole model as it now is. */
export interface DoReview { op: "review" }
/** Put another drawing in the place of this one: a starter by its name, or the text of a system file. */
export interface DoBegin { op: "begin"; starter?: string; text?: string; answers?: Readonly<Record<string, string>> }
export interface DoUndo { op: "undo" }
export interface DoRedo { op: "redo" }
/** Bring back how everything was after an earlier step, as a step of its own; `at` as the history says it. */
export interface DoRestore { op: "restore"; at: string }
/** Take in what changed in the file from outside; where both changed the same field, `prefer` decides. */
export interface DoMerge { op: "merge"; prefer: "mine" | "theirs" }
export interface DoSave { op: "save" }

export type Operation =
  | DoAdd | DoChange | DoRemove | DoMove | DoPaste | DoAlign | DoTidy | DoDecide | DoDismiss | DoReopen | DoEach
  | DoExclude | DoReview | DoBegin | DoUndo | DoRedo | DoRestore | DoMerge | DoSave;

// Browser → Python: what is asked, changing nothing.

/** The cards of a selection (empty: of all), at most twelve, from number `skip` on. */
export interface AskCards { ask: "cards"; ids: readonly Id[]; filter?: string; states?: readonly FindingState[]; skip?: number }
/** What an operation would change, without doing it. */
export interface AskPreview { ask: "preview"; op: Fields }
/** Why a finding stands, as indented lines. */
export interface AskWhy { ask: "why"; key: string }
/** All lines of the register. */
export interface AskRegister { ask: "register" }
/** The text of both files as they now are, for keeping elsewhere; and the drawing as SVG. */
export interface AskCopy { ask: "copy" }
/** The last steps, newest first: what, who, when. */
export interface AskHistory { ask: "history" }
/** The provisions of one principle with what the records say. */
export interface AskPrinciple { ask: "principle"; number: number }

/** The register for those it is marked for, in one of the formats. */
export interface AskPublish { ask: "publish"; format: string }

export type Question_ = AskCards | AskPreview | AskWhy | AskRegister | AskCopy | AskHistory | AskPrinciple | AskPublish;

export type ToPython =
  | { type: "bundle" }
  | { type: "hello"; page: string }
  | { type: "do"; id: string; by: string; page: string; op: Operation }
  | { type: "ask"; id: string; page: string; ask: Question_ }
  | { type: "select"; page: string; ids: readonly Id[]; filter: string };

// Python → browser: the view, by section. A section is a record of things by id; `null` takes one away.

export interface SystemView {
  id: Id; name: string; version: string; owner: string; purpose: string; lifecycle: string | null;
  stakes: string | null; facts: Readonly<Record<string, boolean>>; controls: Readonly<Record<string, boolean>>;
}
export interface ElementView {
  id: Id; name: string; label: string; technology: string; shape: Shape; boundary: Id | null;
  holds: readonly Id[] | null; provides: readonly string[] | null; needs: readonly string[] | null;
  settings: Readonly<Record<string, string | number | boolean>>;
  facts: Readonly<Record<string, boolean>>; controls: Readonly<Record<string, boolean>>; note: string;
  x: number; y: number;
}
export interface FlowView {
  id: Id; name: string; label: string; source: Id; target: Id; carries: readonly Id[] | null;
  facts: Readonly<Record<string, boolean>>; controls: Readonly<Record<string, boolean>>; note: string;
}
/** `left` … `height`: the region, as large as what is in it. `depth` 0 is outermost. */
export interface BoundaryView {
  id: Id; name: string; label: string; trust: string | null; within: Id | null; note: string;
  left: number; top: number; width: number; height: number; depth: number; empty: boolean;
}
export interface AssetView {
  id: Id; name: string; label: string; kind: string; sensitivity: string | null; personal: boolean | null; note: string;
}
export interface Badge { open: number; possible: number }
/** `effects` say in words what each answer would change; empty while they are being worked out. */
export interface QuestionView {
  id: string; text: string; kind: "fact" | "control" | "technology" | "trust" | "holds" | "carries" | "capabilities" | "stakes" | "lifecycle";
  name: string; subjects: readonly Id[]; settles: number; ask: string; effects: { yes: string; no: string };
}
export interface PrincipleView {
  number: number; title: string; satisfied: number; notSatisfied: number; inconclusive: number; notApplicable: number;
  open: number;
}
export interface StatusView {
  saving: "saved" | "saving" | "unsaved" | "refused" | "conflict" | "nowhere"; // nowhere: no file yet
  savedAt: string | null; // "14:02:31"
  why: string; // what the disk or the conflict said
  path: string; // the file's name
  undo: string | null; // "delete Vector store"
  redo: string | null;
  offer: readonly string[]; // what changed outside, in words; empty when nothing
  clashes: readonly string[]; // fields that both sides changed
  recovered: string; // "12 edits … were brought back", or empty
  matched: number; // the revision whose findings the badges show
  settled: number; // the revision whose questions and principles are shown
  complete: boolean;
  starters: readonly StarterView[]; // not empty while nothing has been drawn
}
export interface StarterView { id: string; name: string; use: string; elements: number; flows: number; picture: PictureView | null }
/** A drawing in little: the corners of its boxes, its lines as x1, y1, x2, y2, and what is in it, in words. */
export interface PictureView {
  width: number; height: number; boxes: readonly Point[]; lines: readonly (readonly [number, number, number, number])[]; words: string;
}
export interface CountsView { open: number; possible: number; mitigated: number; setAside: number; decided: number }

export interface Sections {
  system: Readonly<Record<"system", SystemView>>;
  elements: Readonly<Record<Id, ElementView>>;
  flows: Readonly<Record<Id, FlowView>>;
  boundaries: Readonly<Record<Id, BoundaryView>>;
  assets: Readonly<Record<Id, AssetView>>;
  badges: Readonly<Record<Id, Badge>>;
  questions: Readonly<Record<string, QuestionView>>; // in the order to ask them
  principles: Readonly<Record<string, PrincipleView>>;
  counts: Readonly<Record<"counts", CountsView>>;
  status: Readonly<Record<"status", StatusView>>;
}

export interface Term { id: string; name: string; what: string; question?: string }
export interface TechnologyTerm extends Term {
  within: string | null; shape: Shape; generic: boolean;
  facts: readonly string[]; controls: readonly string[]; // what can be said of it
}
/** What words there are: sent once. */
export interface Vocabulary {
  technologies: readonly TechnologyTerm[]; kinds: readonly Term[]; capabilities: readonly Term[];
  facts: readonly Term[]; controls: readonly Term[];
  flowFacts: readonly string[]; flowControls: readonly string[];
  systemFacts: readonly string[]; systemControls: readonly string[];
  trusts: readonly string[]; sensitivities: readonly string[]; lifecycles: readonly string[]; stakes: readonly string[];
  treatments: readonly Treatment[]; library: string;
}

export interface Card {
  key: string; threat: string; title: string; state: FindingState; level: Level; levelName: string; subject: Id;
  because: string; path: readonly Id[]; steps: readonly { id: Id; label: string; kind: "element" | "flow" }[];
  summary: string; seen: readonly { what: string; source: string }[]; wrongWhen: string; provisions: readonly string[];
  unknown: readonly { id: string; subject: Id; text: string }[];
  controls: readonly { id: string; name: string; what: string; subjects: readonly Id[] }[];
  standing: "new" | "decided" | "lapsed" | "set aside"; decision: string;
}
export interface CardsAnswer { cards: readonly Card[]; total: number; hidden: number; why: string; skip: number }
export interface PreviewAnswer { text: string; removes: readonly string[]; opens: readonly string[]; raises: readonly string[] }
export interface WhyAnswer { lines: readonly string[] }
/** A line of the register; `level` is inherent, and null is where nobody can say or nobody said. Rows by one number
 * were decided together. */
export interface RegisterRow {
  key: string; number: string; title: string; subject: string; state: FindingState | ""; standing: string;
  level: Level | null; current: Level | null; residual: (Residual & { level: Level }) | null;
  treatment: Treatment | ""; owner: string; due: string; rationale: string; approver: string; expires: string;
  confidence: Confidence | ""; plan: string; cost: Cost | ""; communicate: readonly Advice[]; marking: string;
}
export interface RegisterAnswer { rows: readonly RegisterRow[] }
export interface CopyAnswer { name: string; system: string; registerName: string; register: string; svg: string }
export interface HistoryAnswer { steps: readonly { name: string; by: string; at: string; undone: boolean }[] }
/** A finished file; `data` is its bytes in base 64. */
export interface PublishAnswer { name: string; mediaType: string; marking: string; data: string }
export interface PrincipleAnswer {
  number: number; title: string;
  provisions: readonly { id: string; modality: string; summary: string; verdict: string; because: string; offers: readonly string[] }[];
}

export type FromPython =
  | { type: "bundle"; hash: string } // with two buffers: the script and the style sheet
  | { type: "welcome"; page: string; revision: number; vocabulary: Vocabulary; view: Sections; orders: Orders; part: string; selection: readonly Id[]; filter: string; cards: CardsAnswer }
  | { type: "change"; base: number; revision: number; set: Partial<Record<keyof Sections, Readonly<Record<string, unknown>>>>; unset: Partial<Record<keyof Sections, readonly string[]>>; orders: Partial<Orders>; cards?: Readonly<Record<string, CardsAnswer>> } // by page, where findings may have changed
  | { type: "done"; page: string; id: string; revision: number; made: readonly Id[]; name: string }
  | { type: "refused"; page: string; id: string; message: string }
  | { type: "answer"; page: string; id: string; data: unknown }
  | { type: "select"; page: string; ids: readonly Id[]; filter: string }; // page "": everybody

/** The order of the author, section by section. */
export type Orders = Readonly<Record<Part | "questions" | "principles", readonly string[]>>;
