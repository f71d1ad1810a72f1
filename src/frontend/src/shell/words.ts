/** Words and small look-ups that the panels share. Nothing here draws or sends anything. */

import type {
  Confidence,
  Cost,
  FindingState,
  Id,
  Level,
  QuestionView,
  Sections,
  TermView,
  VocabularyView,
} from "./protocol";

/** A state is told by a word and a shape; colour only repeats it. */
export const STATES: Readonly<Record<FindingState, { word: string; shape: string; what: string }>> = {
  open: { word: "Open", shape: "●", what: "What is drawn shows that it applies, and nothing stands against it." },
  possible: { word: "Possible", shape: "◐", what: "It applies; whether something stands against it is not known." },
  "to clarify": { word: "To clarify", shape: "?", what: "Nobody has said whether it applies." },
  mitigated: { word: "Mitigated", shape: "✓", what: "It applies, and a control stands against it." },
};

export const FINDING_STATES = Object.keys(STATES) as readonly FindingState[];

export const LEVEL_LETTERS: Readonly<Record<Level, string>> = { 1: "VL", 2: "L", 3: "M", 4: "H", 5: "VH" };

export const LEVEL_NAMES: Readonly<Record<Level, string>> = {
  1: "Very low",
  2: "Low",
  3: "Moderate",
  4: "High",
  5: "Very high",
};

/** In the order in which they ask for somebody's attention. */
export const STANDINGS: Readonly<Record<string, string>> = {
  new: "Not decided",
  inherited: "Handed over by a supplier, not decided",
  lapsed: "Acceptance has run out: decide again",
  decided: "Decided",
  "set aside": "Set aside",
  "no longer found": "No longer found",
};

export const CONFIDENCES: readonly Confidence[] = ["low", "moderate", "high"];

export const COSTS: Readonly<Record<Cost, string>> = { S: "S: days", M: "M: weeks", L: "L: months" };

/** The labels of the Traffic Light Protocol 2.0, the widest audience first. */
export const MARKINGS: Readonly<Record<string, string>> = {
  "TLP:CLEAR": "TLP:CLEAR: everybody",
  "TLP:GREEN": "TLP:GREEN: the community, not in public",
  "TLP:AMBER": "TLP:AMBER: the organisation and its clients",
  "TLP:AMBER+STRICT": "TLP:AMBER+STRICT: the organisation only",
  "TLP:RED": "TLP:RED: the people it is handed to",
};

export const TREATMENTS: Readonly<Record<string, string>> = {
  mitigate: "Put something against it.",
  accept: "Live with it, until a date, on somebody's word.",
  transfer: "Let somebody else carry it, by contract or insurance.",
  avoid: "Do not do what brings it.",
};

const TRUSTS: Readonly<Record<string, string>> = {
  none: "None: the public, open networks, agents of nobody we know",
  partner: "Partner: another company, held by contract; what it writes is not ours",
  high: "High: our own employees and machines; insiders are still asked about",
};

/** What is asked of a person whose answer is not yes or no. */
export const SAY_SO: Readonly<Record<Exclude<QuestionView["kind"], "fact" | "control">, string>> = {
  technology: "Say what it is",
  trust: "Say how far those inside are trusted",
  holds: "Say what it holds",
  carries: "Say what it carries",
  capabilities: "Say what it can do",
  stakes: "Say what is at stake",
  lifecycle: "Say where in its life the system is",
};

export function counted(number: number, singular: string, many = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : many}`;
}

/** "end-of-life" as people write it: "End of life". */
export function plain(slug: string): string {
  const words = slug.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function trustWords(trust: string): string {
  return TRUSTS[trust] ?? plain(trust);
}

/** What people call a thing, wherever in the drawing it is. */
export function labelOf(view: Sections, id: Id): string {
  const thing = view.elements[id] ?? view.flows[id] ?? view.boundaries[id] ?? view.assets[id];
  if (thing) return thing.label;
  return view.system.system?.id === id ? view.system.system.name : id;
}

/** The things of a section in the author's order; what the order does not name yet comes last. */
export function inOrder<T>(section: Readonly<Record<Id, T>>, order: readonly Id[]): readonly T[] {
  const named = new Set(order);
  const late = Object.keys(section).filter((id) => !named.has(id));
  return [...order, ...late].flatMap((id) => {
    const thing = section[id];
    return thing === undefined ? [] : [thing];
  });
}

export function termOf(terms: readonly TermView[] | undefined, id: string): TermView {
  return terms?.find((term) => term.id === id) ?? { id, name: plain(id), what: "" };
}

/** A question of the library with the name put in. */
export function askedOf(term: TermView, label: string): string {
  return (term.question ?? term.name).replaceAll("{name}", label);
}

/** What can be said of everything that is selected: facts and controls, by id. */
export function applicable(
  view: Sections,
  vocabulary: VocabularyView,
  ids: readonly Id[],
  kind: "facts" | "controls",
): readonly string[] {
  const lists = ids.map((id) => {
    const element = view.elements[id];
    if (element) {
      const terms = vocabulary.technologies.filter(
        (term) => term.id === element.technology || term.id === element.also,
      );
      return [...new Set(terms.flatMap((term) => term[kind]))];
    }
    if (view.flows[id]) return kind === "facts" ? vocabulary.flowFacts : vocabulary.flowControls;
    if (view.system.system?.id === id) return kind === "facts" ? vocabulary.systemFacts : vocabulary.systemControls;
    return [];
  });
  const [first = [], ...others] = lists;
  return first.filter((name) => others.every((list) => list.includes(name)));
}

/** What was said about each of `ids`: one answer where they agree, "mixed" where they differ. */
export function said(
  view: Sections,
  ids: readonly Id[],
  kind: "facts" | "controls",
  name: string,
): boolean | null | "mixed" {
  const answers = ids.map((id) => {
    const system = view.system.system?.id === id ? view.system.system : undefined;
    return (view.elements[id] ?? view.flows[id] ?? system)?.[kind][name] ?? null;
  });
  const [first = null] = answers;
  return answers.every((answer) => answer === first) ? first : "mixed";
}

/** The one value that all share, or undefined where they differ. */
export function shared<T, V>(things: readonly T[], pick: (thing: T) => V): V | undefined {
  const [first, ...others] = things.map(pick);
  return others.every((value) => value === first) ? first : undefined;
}
