/** The register: every finding with what was decided about it, by whom it is seen to, and by when. */

import { Fragment, useState } from "react";
import type { RegisterAnswer, RegisterRow, Treatment } from "../protocol";
import { useActions, useSession } from "../store";
import { DecideForm } from "./DecideForm";
import { useAnswer, usePropose } from "./hooks";
import { counted, plain, STANDINGS } from "./words";

const COLUMNS = ["Finding", "State", "Level", "Standing", "Treatment", "Who sees to it", "Due", "Actions"];
const NEW = "new";
const SHOWN = 100;

export function Register() {
  const when = useSession((state) => `${state.revision}/${state.view.status.status?.matched ?? 0}`);
  const { data, error } = useAnswer<RegisterAnswer>({ ask: "register" }, when);
  const { act } = useActions();
  const [open, setOpen] = useState<string | null>(null);
  const [limit, setLimit] = useState(SHOWN);
  const rows = data?.rows ?? [];
  const undecided = rows.filter((row) => row.standing === NEW).length;
  return (
    <section className="nbt-panel" aria-label="Register">
      <div className="nbt-panel-head">
        <h2>Register</h2>
        <span role="status" className="nbt-soft">
          {data ? `${counted(rows.length, "line")}, ${undecided} not decided` : error || "Reading the register …"}
        </span>
        <button
          type="button" className="nbt-button" title="Note that you looked at the whole model as it now is."
          onClick={() => void act({ op: "review" }, { undo: true })}
        >
          Mark as reviewed
        </button>
      </div>
      {data && rows.length === 0 ? <p className="nbt-soft">Nothing was found yet, so there is nothing to decide about.</p> : null}
      {rows.length > 0 ? (
        <div className="nbt-table-wrap">
          <table className="nbt-table">
            <caption className="nbt-hidden">Findings and what was decided about them</caption>
            <thead><tr>{COLUMNS.map((column) => <th key={column} scope="col">{column}</th>)}</tr></thead>
            <tbody>
              {rows.slice(0, limit).map((row) => (
                <Line key={row.key} row={row} open={open === row.key} onOpen={(now) => setOpen(now ? row.key : null)} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {rows.length > limit ? (
        <button type="button" className="nbt-button" onClick={() => setLimit(limit + SHOWN)}>{`${rows.length - limit} more`}</button>
      ) : null}
    </section>
  );
}

function Line({ row, open, onOpen }: { row: RegisterRow; open: boolean; onOpen: (open: boolean) => void }) {
  const treatments = useSession((state) => state.vocabulary?.treatments);
  const propose = usePropose();
  const treatment = treatments?.includes(row.treatment as Treatment) ? (row.treatment as Treatment) : "";
  const start = { treatment, owner: row.owner, due: row.due, rationale: row.rationale } as const;
  return (
    <Fragment>
      <tr>
        <th scope="row">{row.title}<span className="nbt-soft">{row.subject ? ` at ${row.subject}` : ""}</span></th>
        <td>{plain(row.state)}</td>
        <td>{row.level}</td>
        <td>{STANDINGS[row.standing] ?? plain(row.standing)}</td>
        <td title={row.rationale}>{plain(row.treatment)}</td>
        <td>{row.owner}</td>
        <td>{row.due}</td>
        <td>
          <span className="nbt-row nbt-row-tight">
            <button
              type="button" className="nbt-button nbt-button-small" aria-expanded={open} aria-label={`Decide about ${row.title} at ${row.subject}`}
              onClick={() => onOpen(!open)}
            >
              Decide
            </button>
            {row.standing === NEW ? null : (
              <button
                type="button" className="nbt-button nbt-button-small" aria-label={`Take back: ${row.title} at ${row.subject}`}
                onClick={() => void propose({ op: "reopen", key: row.key }, { undo: true })}
              >
                Take back
              </button>
            )}
          </span>
        </td>
      </tr>
      {open ? (
        <tr><td colSpan={COLUMNS.length}><DecideForm findingKey={row.key} title={row.title} start={start} onClose={() => onOpen(false)} /></td></tr>
      ) : null}
    </Fragment>
  );
}
