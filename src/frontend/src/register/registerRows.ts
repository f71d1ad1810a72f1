/** The lines of the register as a table: its columns, in which order they go, and which are shown. Pure. */

import type { Confidence, Cost, Level, RegisterRow, Sections } from "../shell/protocol";
import type { Part } from "./decision";
import {
  CONFIDENCES,
  COSTS,
  FINDING_STATES,
  LEVEL_LETTERS,
  LEVEL_NAMES,
  MARKINGS,
  plain,
  STANDINGS,
  STATES,
} from "../shell/words";

export interface Column {
  id: string;
  title: string;
  /** In pixels. */
  width: number;
  /** What can be edited in place. */
  edits?: Part;
  text(row: RegisterRow): string;
  /** What it is sorted by; null, which is last either way, where there is nothing. */
  rank(row: RegisterRow): string | number | null;
}

const among = (known: readonly string[], value: string): number | null => {
  const at = known.indexOf(value);
  return value === "" ? null : at < 0 ? known.length : at;
};
/** A level in words; that of what is to clarify is never told as if it were so. */
const levelText = (level: Level | null, state: RegisterRow["state"] = ""): string =>
  level ? `${LEVEL_LETTERS[level]} ${LEVEL_NAMES[level]}${state === "to clarify" ? " if it applies" : ""}` : "";
const typed = (
  id: "owner" | "rationale" | "plan" | "approver" | "due" | "expires",
  title: string,
  width: number,
): Column => ({
  id,
  title,
  width,
  edits: id,
  text: (row) => row[id],
  rank: (row) => row[id].toLowerCase() || null,
});

export const COLUMNS: readonly Column[] = [
  {
    id: "title",
    title: "Finding",
    width: 300,
    text: (row) => `${row.title}${row.subject ? ` at ${row.subject}` : ""}`,
    rank: (row) => row.title.toLowerCase(),
  },
  {
    id: "number",
    title: "Number",
    width: 96,
    text: (row) => row.number,
    rank: (row) => (row.number ? Number(row.number.slice(2)) : null),
  },
  {
    id: "state",
    title: "State",
    width: 112,
    rank: (row) => among(FINDING_STATES, row.state),
    text: (row) => (row.state ? `${STATES[row.state].shape} ${STATES[row.state].word}` : ""),
  },
  {
    id: "level",
    title: "Inherent",
    width: 112,
    text: (row) => levelText(row.level, row.state),
    rank: (row) => row.level,
  },
  {
    id: "current",
    title: "Current",
    width: 112,
    text: (row) => levelText(row.current, row.state),
    rank: (row) => row.current,
  },
  {
    id: "residual",
    title: "Residual",
    width: 118,
    edits: "likelihood",
    text: (row) => levelText(row.residual?.level ?? null),
    rank: (row) => row.residual?.level ?? null,
  },
  {
    id: "standing",
    title: "Standing",
    width: 170,
    text: (row) => STANDINGS[row.standing] ?? plain(row.standing),
    rank: (row) => among(Object.keys(STANDINGS), row.standing),
  },
  {
    id: "treatment",
    title: "Treatment",
    width: 124,
    edits: "treatment",
    text: (row) => plain(row.treatment),
    rank: (row) => row.treatment || null,
  },
  typed("owner", "Who sees to it", 160),
  typed("due", "Due", 142),
  typed("rationale", "Why", 240),
  typed("plan", "Plan", 200),
  {
    id: "cost",
    title: "Cost",
    width: 116,
    edits: "cost",
    text: (row) => COSTS[row.cost as Cost] ?? row.cost,
    rank: (row) => among(Object.keys(COSTS), row.cost),
  },
  {
    id: "confidence",
    title: "Confidence",
    width: 124,
    edits: "confidence",
    text: (row) => plain(row.confidence),
    rank: (row) => (row.confidence ? CONFIDENCES.indexOf(row.confidence as Confidence) : null),
  },
  typed("approver", "Accepted by", 160),
  typed("expires", "Accepted until", 142),
  {
    id: "told",
    title: "Told",
    width: 140,
    rank: (row) => row.communicate.length || null,
    text: (row) => [...new Set(row.communicate.map((advice) => `${plain(advice.to)}s`))].join(", "),
  },
  {
    id: "marking",
    title: "Who may see it",
    width: 170,
    edits: "marking",
    text: (row) => row.marking,
    rank: (row) => among(Object.keys(MARKINGS), row.marking),
  },
];

export interface Sort {
  column: string;
  down: boolean;
}

const collator = new Intl.Collator("en", { numeric: true });

/** Lines in an order; those that it does not tell apart stay as they were. */
export function sorted(rows: readonly RegisterRow[], sort: Sort | null): readonly RegisterRow[] {
  const column = COLUMNS.find(({ id }) => id === sort?.column);
  if (!sort || !column) return rows;
  const ranked = rows.map((row) => ({ row, rank: column.rank(row) }));
  const way = sort.down ? -1 : 1;
  ranked.sort((a, b) => {
    if (a.rank === b.rank) return 0;
    if (a.rank === null || b.rank === null) return a.rank === null ? 1 : -1;
    if (typeof a.rank === "number" && typeof b.rank === "number") return way * (a.rank - b.rank);
    return way * collator.compare(String(a.rank), String(b.rank));
  });
  return ranked.map(({ row }) => row);
}

export interface Filter {
  words: string;
  state: string;
  level: string;
  standing: string;
  treatment: string;
  here: boolean;
}

export const ALL: Filter = { words: "", state: "", level: "", standing: "", treatment: "", here: false };
export const NONE = "none"; // chosen: nobody can say, or nobody said

/** The id of what a line is at; of an inherited risk nothing that is drawn. */
export function placeOf(key: string): string {
  return key.slice(key.indexOf("@") + 1);
}

/** What somebody may look for in a line, in small letters. */
export function searchable(row: RegisterRow): string {
  return `${row.number} ${row.title} ${row.subject} ${row.owner} ${row.rationale}`.toLowerCase();
}

/** Lines that hold all the words typed and are what was chosen; `here` are the things that are selected on the drawing. */
export function fitting(
  rows: readonly RegisterRow[],
  texts: readonly string[],
  filter: Filter,
  here: ReadonlySet<string>,
): readonly RegisterRow[] {
  const words = filter.words.toLowerCase().split(/\s+/).filter(Boolean);
  const is = (chosen: string, value: string): boolean => chosen === "" || chosen === (value || NONE);
  return rows.filter(
    (row, n) =>
      is(filter.state, row.state) &&
      is(filter.level, row.current ? String(row.current) : "") &&
      is(filter.standing, row.standing) &&
      is(filter.treatment, row.treatment) &&
      (!filter.here || here.has(placeOf(row.key))) &&
      words.every((word) => (texts[n] ?? "").includes(word)),
  );
}

/** The things on the drawing that lines are at, each once. */
export function placesOf(keys: Iterable<string>, view: Sections): readonly string[] {
  const ids = new Set([...keys].map(placeOf));
  return [...ids].filter(
    (id) =>
      id in view.elements ||
      id in view.flows ||
      id in view.boundaries ||
      id in view.assets ||
      view.system.system?.id === id,
  );
}

/** Whether its cells can be edited: not where it is gone, or set aside, which is taken back first. */
export function editable(row: RegisterRow): boolean {
  return row.standing !== "no longer found" && row.standing !== "set aside";
}
