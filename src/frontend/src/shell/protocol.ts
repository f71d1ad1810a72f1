/**
 * The messages between the widgets and Python, and nothing else. Made by `python -m nbthreat.workbench.protocol`.
 *
 * Python holds the truth. The browser proposes operations; Python applies each whole or refuses it in words, and tells
 * everybody what changed. Every interface named `Do…` and `Ask…` is a class of that name in
 * `src/nbthreat/workbench/editing/messages.py`; the others are in `shapes.py` beside it.
 *
 * A question mark means that the field may be left out; `null` in a `set` means "not known" or "none".
 * Lengths are CSS pixels of the drawing; `x` and `y` are the middle of a box; times are ISO 8601.
 */

export type Id = string;
export type Answer = boolean | null; // yes, no, not known
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };
export type Fields = Readonly<Record<string, Plain>>;
export type Point = readonly [number, number];

/** A part of a system that has ids. */
export type Part = "elements" | "flows" | "boundaries" | "assets";

/** How boxes are lined up, or spread evenly (`across`, `down`). */
export type Alignment = "left" | "centre" | "right" | "top" | "middle" | "bottom" | "across" | "down";

/** Whose word counts where two changed the same. */
export type Side = "mine" | "theirs";

/** What can be taken out of a decision again. */
export type Unsaid = "residual" | "confidence" | "cost";

/** What is known of a finding. */
export type FindingState = "open" | "possible" | "to clarify" | "mitigated";

/** One step of a five-step scale: of likelihood, of impact, or of the risk they make. */
export type Level = 1 | 2 | 3 | 4 | 5;

/** What a technology is in a data-flow diagram. */
export type Shape = "process" | "store" | "external";

/** What is done about a risk (ISO 31000, 6.5). */
export type Treatment = "mitigate" | "accept" | "transfer" | "avoid";

/** How well founded a rating is. */
export type Confidence = "low" | "moderate" | "high";

/** What a control takes to put in place: days, weeks, months. */
export type Cost = "S" | "M" | "L";

/** What asks for another look before the next review is due. */
export type Trigger = "model" | "data" | "tool" | "configuration" | "incident" | "new-threat";

/** Who has to know of a risk that the developer cannot resolve (3.2). */
export type Audience = "operator" | "end-user";

/** How far those inside a boundary are trusted. */
export type Trust = "none" | "partner" | "high";

/** How much harm disclosure does. */
export type Sensitivity = "public" | "internal" | "confidential" | "restricted";

/** Where in its life a system is, in the Code's five phases. */
export type Lifecycle = "design" | "development" | "deployment" | "maintenance" | "end-of-life";

/** What is at stake when the system is wrong or misused, judged for this deployment. */
export type Stakes = "low" | "moderate" | "high" | "critical";

/** The rating that people expect once the plan is done, and why it is lower than the current one. */
export interface Residual { likelihood: Level; impact: Level; because?: string }

/** What an operator or an end-user is told of a risk, in plain words: what may happen and what to do. */
export interface Advice { to: Audience; text: string; told?: string }

// Browser → Python: operations. Each is one whole step.

/** Draw something. `thing` has the fields of the file format; its id is made from its name where it is left out. */
export interface DoAdd { op: "add"; part: Part; thing: Fields; at?: Point }

/** Change fields of one thing or several, or of the system itself; facts, controls and settings key by key. */
export interface DoChange { op: "change"; ids: readonly string[]; set: Fields }

/** Take things away: an element with its flows; what is in a boundary moves out to the one around it. */
export interface DoRemove { op: "remove"; ids: readonly string[] }

/** Put elements and boundaries somewhere, and into another boundary (or out of all, with null). */
export interface DoMove {
  op: "move";
  places: Readonly<Record<string, Point>>;
  into?: Readonly<Record<string, string | null>>;
}

/** Add copies, given as the view gives them; ids are made anew, and flows follow their copied ends. */
export interface DoPaste {
  op: "paste";
  elements?: readonly Fields[];
  flows?: readonly Fields[];
  boundaries?: readonly Fields[];
  assets?: readonly Fields[];
  shift?: Point;
}

/** Line boxes up. */
export interface DoAlign { op: "align"; ids: readonly string[]; how: Alignment }

/** Arrange the whole drawing anew. */
export interface DoTidy { op: "tidy" }

/**
 * Decide about a finding; to accept needs `approver`, `expires` and the reason in `rationale`.
 *
 * `keys` are further findings under the same decision: exactly these, or, where None, those that were before.
 * What is None stays as it was decided before, but for what is to `clear`. `marking` is a label: "TLP:AMBER".
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
  marking?: string;
  clear?: readonly Unsaid[];
}

/** Say that a finding does not apply here, and why; it stays so through renames, moves and redrawing. */
export interface DoDismiss { op: "dismiss"; key: string; reason: string }

/** Take back what was decided about a finding, or that it was set aside. */
export interface DoReopen { op: "reopen"; key: string }

/**
 * Say the same of each of several findings in one step: all or none. `do` decides, dismisses or reopens.
 *
 * `do` is that operation without a key; a decision is about each alone, with a number of its own.
 */
export interface DoEach { op: "each"; keys: readonly string[]; do: Fields }

/** Say that a provision of the Code does not apply here, and why. */
export interface DoExclude { op: "exclude"; provision: string; reason: string }

/** Note that somebody looked at the whole model as it now is. */
export interface DoReview { op: "review" }

/** Say how much risk is sought (`appetite`) and how much is borne (`tolerance`), the second at least the first. */
export interface DoTolerance { op: "tolerance"; appetite: Level; tolerance: Level; statement?: string }

/** Say when everything is looked at again, and what asks for that before. */
export interface DoSchedule { op: "schedule"; next: string; triggers?: readonly Trigger[] }

/** Put another drawing in the place of this one: a starter by its name, a file's text, or five answers. */
export interface DoBegin { op: "begin"; starter?: string; text?: string; answers?: Readonly<Record<string, string>> }

/** Take the last step back. */
export interface DoUndo { op: "undo" }

/** Do again what was taken back. */
export interface DoRedo { op: "redo" }

/** Bring back how everything was after an earlier step, as a step of its own. */
export interface DoRestore { op: "restore"; at: string }

/** Take in what changed in the file from outside; where both changed the same field, `prefer` decides. */
export interface DoMerge { op: "merge"; prefer: Side }

/** Take in the edits of a journal that the status offers, as one step; `name` is as it is offered. */
export interface DoTakeJournal { op: "take-journal"; name: string }

/** Delete a journal that the status offers, unread. This cannot be undone. */
export interface DoDropJournal { op: "drop-journal"; name: string }

/** Write the file now. */
export interface DoSave { op: "save" }

export type Operation =
  | DoAdd
  | DoChange
  | DoRemove
  | DoMove
  | DoPaste
  | DoAlign
  | DoTidy
  | DoDecide
  | DoDismiss
  | DoReopen
  | DoEach
  | DoExclude
  | DoReview
  | DoTolerance
  | DoSchedule
  | DoBegin
  | DoUndo
  | DoRedo
  | DoRestore
  | DoMerge
  | DoTakeJournal
  | DoDropJournal
  | DoSave;

// Browser → Python: what is asked, changing nothing.

/** The cards of a selection (empty: of all), at most twelve, from number `skip` on. */
export interface AskCards {
  ask: "cards";
  ids: readonly string[];
  filter?: string;
  states?: readonly FindingState[];
  skip?: number;
}

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

/** The register for those it is marked for, in one of the formats; answered above, where those are known. */
export interface AskPublish { ask: "publish"; format: string }

export type Question_ =
  | AskCards
  | AskPreview
  | AskWhy
  | AskRegister
  | AskCopy
  | AskHistory
  | AskPrinciple
  | AskPublish;

export type ToPython =
  | { type: "bundle" }
  | { type: "hello"; page: string }
  | { type: "do"; id: string; by: string; page: string; op: Operation }
  | { type: "ask"; id: string; page: string; ask: Question_ }
  | { type: "select"; page: string; ids: readonly Id[]; filter: string };

// Python → browser: the view, by section.

/** What is said of the system as a whole. */
export interface SystemView {
  id: string;
  name: string;
  version: string;
  owner: string;
  purpose: string;
  lifecycle: Lifecycle | null;
  stakes: Stakes | null;
  facts: Readonly<Record<string, boolean>>;
  controls: Readonly<Record<string, boolean>>;
}

/** An element; `x` and `y` are the middle of its box. */
export interface ElementView {
  id: string;
  name: string;
  label: string;
  technology: string;
  also: string | null;
  shape: Shape;
  boundary: string | null;
  holds: readonly string[] | null;
  provides: readonly string[] | null;
  needs: readonly string[] | null;
  settings: Readonly<Record<string, string | number | boolean>>;
  facts: Readonly<Record<string, boolean>>;
  controls: Readonly<Record<string, boolean>>;
  note: string;
  x: number;
  y: number;
}

/** A flow. */
export interface FlowView {
  id: string;
  name: string;
  label: string;
  source: string;
  target: string;
  carries: readonly string[] | null;
  facts: Readonly<Record<string, boolean>>;
  controls: Readonly<Record<string, boolean>>;
  note: string;
}

/** A boundary; `left` to `height` are its region, as large as what is in it. `depth` 0 is outermost. */
export interface BoundaryView {
  id: string;
  name: string;
  label: string;
  trust: Trust | null;
  within: string | null;
  note: string;
  left: number;
  top: number;
  width: number;
  height: number;
  depth: number;
  empty: boolean;
}

/** An asset. */
export interface AssetView {
  id: string;
  name: string;
  label: string;
  kind: string;
  sensitivity: Sensitivity | null;
  personal: boolean | null;
  note: string;
}

/** How many findings are open, possible and to clarify at a thing. */
export interface Badge { open: number; possible: number; toClarify: number }

/** What each answer would change, in words; empty while that is being worked out. */
export interface EffectsView { yes: string; no: string }

/** A question for people. */
export interface QuestionView {
  id: string;
  text: string;
  kind: "fact" | "control" | "technology" | "trust" | "holds" | "carries" | "capabilities" | "stakes" | "lifecycle";
  name: string;
  subjects: readonly string[];
  settles: number;
  ask: string;
  effects: EffectsView;
}

/** A principle of the Code, with how many of its provisions stand how, and its open findings. */
export interface PrincipleView {
  number: number;
  title: string;
  satisfied: number;
  notSatisfied: number;
  inconclusive: number;
  nothingDrawn: number;
  notApplicable: number;
  open: number;
}

/** A drawing in little: the corners of its boxes, its lines as x1, y1, x2, y2, and what is in it, in words. */
export interface PictureView {
  width: number;
  height: number;
  boxes: readonly Point[];
  lines: readonly (readonly [number, number, number, number])[];
  words: string;
}

/** Something to begin from. */
export interface StarterView {
  id: string;
  name: string;
  use: string;
  elements: number;
  flows: number;
  picture: PictureView | null;
}

/**
 * A journal that lies beside the file and was not taken in by itself.
 *
 * `name` is that of its file. `why` says why it was left to people. `edits` is how many of its edits can be read, the
 * last made at the time `until`. `changes` says in words what taking it in would do, `decisions` how many decisions
 * that adds, changes or takes away, and `roles` under which roles. Where `readable` is false it can only be dropped.
 */
export interface JournalView {
  name: string;
  why: string;
  readable: boolean;
  edits: number;
  until: string;
  changes: readonly string[];
  decisions: number;
  roles: readonly string[];
}

/**
 * How the drawing stands to its file; "nowhere": there is no file yet.
 *
 * `savedAt` is a time of day, as "14:02:31". `why` is what the disk or the conflict said, `path` the file's name.
 * `undo` and `redo` name the steps. `offer` says what changed outside, in words, and `clashes` which fields both sides
 * changed. `recovered` says what was brought back, and which register was not read. `matched` is the revision of which
 * the badges are, `settled` that of the questions and principles. `starters` is empty once something has been drawn.
 * `journals` wait for a person.
 */
export interface StatusView {
  saving: "saved" | "saving" | "unsaved" | "refused" | "conflict" | "nowhere";
  savedAt: string | null;
  why: string;
  path: string;
  undo: string | null;
  redo: string | null;
  offer: readonly string[];
  clashes: readonly string[];
  recovered: string;
  matched: number;
  settled: number;
  complete: boolean;
  starters: readonly StarterView[];
  journals: readonly JournalView[];
}

/** How many findings are in each state. */
export interface CountsView {
  open: number;
  possible: number;
  toClarify: number;
  mitigated: number;
  setAside: number;
  decided: number;
}

/** The view, section by section; each is a record of things by id. */
export interface Sections {
  system: Readonly<Record<"system", SystemView>>;
  elements: Readonly<Record<string, ElementView>>;
  flows: Readonly<Record<string, FlowView>>;
  boundaries: Readonly<Record<string, BoundaryView>>;
  assets: Readonly<Record<string, AssetView>>;
  badges: Readonly<Record<string, Badge>>;
  questions: Readonly<Record<string, QuestionView>>;
  principles: Readonly<Record<string, PrincipleView>>;
  counts: Readonly<Record<"counts", CountsView>>;
  status: Readonly<Record<"status", StatusView>>;
}

/** A word of the vocabulary. */
export interface TermView { id: string; name: string; what: string; question?: string }

/** A technology, with what can be said of it. */
export interface TechnologyTerm {
  id: string;
  name: string;
  what: string;
  question?: string;
  within: string | null;
  shape: Shape;
  generic: boolean;
  facts: readonly string[];
  controls: readonly string[];
}

/** What words there are: sent once. */
export interface VocabularyView {
  technologies: readonly TechnologyTerm[];
  kinds: readonly TermView[];
  capabilities: readonly TermView[];
  facts: readonly TermView[];
  controls: readonly TermView[];
  flowFacts: readonly string[];
  flowControls: readonly string[];
  systemFacts: readonly string[];
  systemControls: readonly string[];
  trusts: readonly Trust[];
  sensitivities: readonly Sensitivity[];
  lifecycles: readonly Lifecycle[];
  stakes: readonly Stakes[];
  treatments: readonly Treatment[];
  library: string;
}

/** A thing on the path of a finding. */
export interface PathStep { id: string; label: string; kind: "element" | "flow" }

/** Where a threat was seen. */
export interface Sighting { what: string; source: string }

/** What is not known and would settle a finding. */
export interface UnknownView { id: string; subject: string; text: string }

/** A control that would stand against a finding, and where it can be put. */
export interface ControlView { id: string; name: string; what: string; subjects: readonly string[] }

/** A finding, with everything a card says of it. */
export interface Card {
  key: string;
  threat: string;
  title: string;
  state: FindingState;
  level: Level;
  levelName: string;
  ratingSteps: readonly string[];
  subject: string;
  because: string;
  path: readonly string[];
  steps: readonly PathStep[];
  summary: string;
  seen: readonly Sighting[];
  wrongWhen: string;
  provisions: readonly string[];
  unknown: readonly UnknownView[];
  controls: readonly ControlView[];
  standing: "new" | "decided" | "lapsed" | "set aside";
  decision: string;
}

/** At most twelve cards, how many there are in all, and how many of these are not among the twelve. */
export interface CardsAnswer { cards: readonly Card[]; total: number; hidden: number; why: string; skip: number }

/** What an operation would change, in words and by the keys of findings. */
export interface PreviewAnswer {
  text: string;
  removes: readonly string[];
  opens: readonly string[];
  raises: readonly string[];
}

/** Why a finding stands, as indented lines. */
export interface WhyAnswer { lines: readonly string[] }

/** What people expect to remain; `level` follows from likelihood and impact. */
export interface ResidualView { likelihood: Level; impact: Level; because?: string; level: Level }

/**
 * A line of the register; rows by one number were decided together.
 *
 * `level` is inherent; null is where nobody can say or nobody said.
 */
export interface RegisterRow {
  key: string;
  number: string;
  title: string;
  subject: string;
  state: FindingState | "";
  standing: string;
  level: Level | null;
  current: Level | null;
  residual: ResidualView | null;
  treatment: Treatment | "";
  owner: string;
  due: string;
  rationale: string;
  approver: string;
  expires: string;
  confidence: Confidence | "";
  plan: string;
  cost: Cost | "";
  communicate: readonly Advice[];
  marking: string;
}

/** How much risk is sought and borne, who said so, and on which day. */
export interface ToleranceView { appetite: Level; tolerance: Level; statement: string; by: string; on: string }

/** When everything is looked at again, what asks for that before, who said so, and on which day. */
export interface ScheduleView { next: string; triggers: readonly Trigger[]; by: string; on: string }

/** Who last looked at the whole model, and on which day. */
export interface ReviewView { by: string; on: string }

/** All lines of the register, and what was said for all of it; null is where nobody said. */
export interface RegisterAnswer {
  rows: readonly RegisterRow[];
  tolerance: ToleranceView | null;
  schedule: ScheduleView | null;
  reviewed: ReviewView | null;
}

/** The texts of both files with their names, and the drawing as SVG. */
export interface CopyAnswer { name: string; system: string; registerName: string; register: string; svg: string }

/** A step that was made; `at` is in ISO 8601. */
export interface HistoryStep { name: string; by: string; at: string; undone: boolean }

/** The last steps, newest first. */
export interface HistoryAnswer { steps: readonly HistoryStep[] }

/** A finished file; `data` is its bytes in base 64. */
export interface PublishAnswer { name: string; mediaType: string; marking: string; data: string }

/** A provision of the Code, with what the records say of it. */
export interface ProvisionView {
  id: string;
  modality: string;
  summary: string;
  verdict: string;
  because: string;
  offers: readonly string[];
}

/** A principle of the Code with its provisions. */
export interface PrincipleAnswer { number: number; title: string; provisions: readonly ProvisionView[] }

/** The order of the author, section by section. */
export type Orders = Readonly<Record<"elements" | "flows" | "boundaries" | "assets" | "questions" | "principles", readonly string[]>>;

/** "bundle" comes with two buffers: the script and the style sheet. `cards` of a change are by page, and there where
 * findings may have changed. A "select" for page "" is for everybody. */
export type FromPython =
  | { type: "bundle"; hash: string }
  | {
      type: "welcome"; page: string; revision: number; vocabulary: VocabularyView; view: Sections; orders: Orders;
      part: string; selection: readonly Id[]; filter: string; cards: CardsAnswer;
    }
  | {
      type: "change"; base: number; revision: number;
      set: Partial<Record<keyof Sections, Readonly<Record<string, unknown>>>>;
      unset: Partial<Record<keyof Sections, readonly string[]>>;
      orders: Partial<Orders>; cards?: Readonly<Record<string, CardsAnswer>>;
    }
  | { type: "done"; page: string; id: string; revision: number; made: readonly Id[]; name: string }
  | { type: "refused"; page: string; id: string; message: string }
  | { type: "answer"; page: string; id: string; data: unknown }
  | { type: "select"; page: string; ids: readonly Id[]; filter: string };
