/** The register: every finding with what was decided about it, to be sorted, filtered, edited and decided together. */

import { useMemo, useRef, useState } from "react";
import { savingWords } from "../shell/saving";
import type { RegisterAnswer, RegisterRow } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { DecideForm } from "./DecideForm";
import { standing, UNSAID } from "./decision";
import { useAnswer } from "../shell/hooks";
import "./register.css";
import { RegisterBulk } from "./RegisterBulk";
import { RegisterFilters } from "./RegisterFilters";
import { RegisterGrid } from "./RegisterGrid";
import { nameOf } from "./RegisterLine";
import { RegisterTerms } from "./RegisterTerms";
import { ALL, fitting, placesOf, searchable, sorted, type Filter, type Sort } from "./registerRows";
import { unkept, useDrafts, type Editing } from "./rowDrafts";
import { Steps } from "../shell/Steps";
import { counted } from "../shell/words";

const NONE: readonly RegisterRow[] = [];
const UNDECIDED = ["new", "inherited"];

export function Register() {
  const matched = useSession((state) => state.view.status.status?.matched ?? 0); // goes on with every operation
  const { data, error } = useAnswer<RegisterAnswer>({ ask: "register" }, matched);
  const rows = data?.rows ?? NONE;
  const view = useSession((state) => state.view);
  const selection = useSession((state) => state.selection);
  const alone = useSession((state) => state.part === "register");
  const { act, select } = useActions();
  const panel = useRef<HTMLElement>(null);
  const [filter, setFilter] = useState<Filter>(ALL);
  const [sort, setSort] = useState<Sort | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [form, setForm] = useState<readonly string[]>([]);
  const editing = useDrafts(rows);

  const texts = useMemo(() => rows.map(searchable), [rows]);
  const here = useMemo(() => new Set(filter.here ? selection : []), [filter.here, selection]);
  const lines = useMemo(() => sorted(fitting(rows, texts, filter, here), sort), [rows, texts, filter, here, sort]);
  const together = useMemo(() => {
    const found = new Map<string, number>();
    for (const row of rows) if (row.number) found.set(row.number, (found.get(row.number) ?? 0) + 1);
    return found;
  }, [rows]);
  const selected = useMemo(() => rows.filter((row) => chosen.has(row.key)), [rows, chosen]);
  const hidden = useMemo(
    () => selected.length - lines.filter((row) => chosen.has(row.key)).length,
    [selected, lines, chosen],
  );
  const undecided = rows.filter((row) => UNDECIDED.includes(row.standing)).length;
  const about = rows.filter((row) => form.includes(row.key));

  const choose = (keys: ReadonlySet<string>): void => {
    setChosen(keys);
    if (!filter.here) select(placesOf(keys, view)); // or the lines would go away beneath the hand
  };
  const back = (): void => panel.current?.querySelector<HTMLElement>('[data-at="true"]')?.focus();
  const close = (done: boolean): void => {
    back();
    setForm([]);
    if (done && form.length > 1) choose(new Set());
  };
  const turn = (column: string): void => setSort({ column, down: sort?.column === column && !sort.down });
  return (
    <section className="nbt-panel nbt-register" aria-label="Register" ref={panel}>
      <div className="nbt-panel-head">
        <h2>Register</h2>
        <span role="status" className="nbt-soft">
          {data
            ? `${lines.length} of ${counted(rows.length, "line")} shown, ${undecided} not decided`
            : error || "Reading the register …"}
        </span>
        <button
          type="button"
          className="nbt-button"
          title="Note that you looked at the whole model as it now is."
          onClick={() => void act({ op: "review" }, { undo: true })}
        >
          Mark as reviewed
        </button>
      </div>
      {alone ? <Alone /> : null}
      {data ? <RegisterTerms said={data} /> : null}
      {data && rows.length === 0 ? (
        <p className="nbt-soft">Nothing was found yet, so there is nothing to decide about.</p>
      ) : null}
      {rows.length > 0 ? (
        <>
          <RegisterFilters filter={filter} onFilter={setFilter} />
          {selected.length > 0 ? (
            <RegisterBulk
              rows={selected}
              hidden={hidden}
              onDecide={() => setForm(selected.map((row) => row.key))}
              onDone={() => {
                back();
                choose(new Set());
              }}
            />
          ) : null}
          <About key={form.join()} rows={about} together={together} onClose={close} />
          <Unkept rows={rows} editing={editing} />
          <RegisterGrid
            lines={lines}
            sort={sort}
            onSort={turn}
            selected={chosen}
            onSelect={choose}
            editing={editing}
            together={together}
            onOpen={(row) => setForm([row.key])}
          />
          <p className="nbt-field-hint">
            Arrows go from cell to cell. Enter or F2 edits a cell, Enter keeps it and goes down, Escape leaves it. Space
            selects a line, Shift with arrows selects several.
          </p>
        </>
      ) : null}
    </section>
  );
}

/** What the drawing's own bars say where there is no drawing: the steps there were, and whether they are saved. */
function Alone() {
  const text = useSession((state) => {
    const { mark, text: words } = savingWords(state.view.status.status, state);
    return `${mark} ${words}`;
  });
  return (
    <div className="nbt-row">
      <Steps />
      <span className="nbt-soft nbt-saving">{text}</span>
    </div>
  );
}

/** The form for what is decided about now. */
function About({
  rows,
  together,
  onClose,
}: {
  rows: readonly RegisterRow[];
  together: ReadonlyMap<string, number>;
  onClose: (done: boolean) => void;
}) {
  const [first, ...more] = rows;
  if (!first) return null;
  const others = more.length === 0 ? (together.get(first.number) ?? 1) - 1 : 0;
  return (
    <DecideForm
      findingKey={first.key}
      more={more.map((row) => row.key)}
      title={more.length > 0 ? `${rows.length} lines together` : nameOf(first)}
      from={more.length > 0 ? UNSAID : standing(first)}
      onClose={onClose}
      {...(others > 0
        ? { note: `${first.number} is about ${counted(others, "other line")} too: what you say here is said of all.` }
        : {})}
    />
  );
}

/** Edits that are not a decision yet, or were refused. */
function Unkept({ rows, editing }: { rows: readonly RegisterRow[]; editing: Editing }) {
  const waiting = rows.filter((row) => unkept(editing.drafts.get(row.key)));
  const [first] = waiting;
  return (
    <p role="status" className={waiting.length > 0 ? "nbt-field-error" : "nbt-hidden"}>
      {first
        ? `✎ ${counted(waiting.length, "line")} not kept yet. ${nameOf(first)}: ${editing.drafts.get(first.key)?.why ?? ""}`
        : ""}
    </p>
  );
}
