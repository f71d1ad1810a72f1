/** What the tables have in common: a heading with a box for all rows, windows of rows, keys, a row to add. */

import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import type { Id } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { useKeptFocus } from "../shell/hooks";

const ALL_UP_TO = 200;
const WINDOW = 100;

/** Alt with an arrow goes to the same column of the row above or below. */
function walkRows(event: KeyboardEvent<HTMLElement>): void {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  const cell = (event.target as Element).closest<HTMLTableCellElement>("td, th");
  const row = cell?.closest("tr");
  const next = event.key === "ArrowUp" ? row?.previousElementSibling : row?.nextElementSibling;
  if (!cell || !next) return;
  event.preventDefault();
  event.stopPropagation();
  (next as HTMLTableRowElement).cells[cell.cellIndex]?.querySelector<HTMLElement>("input, select, button")?.focus();
}

interface Props {
  caption: string;
  columns: readonly string[];
  ids: readonly Id[];
  row: (id: Id) => ReactNode;
  add: ReactNode;
}

export function Rows({ caption, columns, ids, row, add }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const onFocus = useKeptFocus(box);
  const selection = useSession((state) => state.selection);
  const { select } = useActions();
  const [from, setFrom] = useState(0);
  const paged = ids.length > ALL_UP_TO;
  const start = paged ? Math.min(from, Math.floor((ids.length - 1) / WINDOW) * WINDOW) : 0;
  const shown = paged ? ids.slice(start, start + WINDOW) : ids;
  const all = shown.length > 0 && shown.every((id) => selection.includes(id));
  const flipAll = (): void => {
    const others = selection.filter((id) => !shown.includes(id));
    select(all ? others : [...others, ...shown]);
  };
  return (
    <div ref={box}>
      <div className="nbt-table-wrap">
        {/* The table only hears keys that its fields did not want. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <table className="nbt-table nbt-sheet" onKeyDown={walkRows} onFocus={onFocus}>
          <caption data-heading tabIndex={-1}>{`${caption}: ${ids.length}`}</caption>
          <thead>
            <tr>
              <th scope="col">
                <input
                  type="checkbox"
                  className="nbt-box"
                  aria-label={`Select all ${caption.toLowerCase()} shown`}
                  checked={all}
                  onChange={flipAll}
                />
              </th>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(row)}
            {add}
          </tbody>
        </table>
      </div>
      {paged ? (
        <nav className="nbt-row nbt-paging" aria-label={`More ${caption.toLowerCase()}`}>
          <span role="status">{`Rows ${start + 1} to ${start + shown.length} of ${ids.length}`}</span>
          <button
            type="button"
            className="nbt-button"
            aria-disabled={start === 0}
            onClick={() => setFrom(Math.max(0, start - WINDOW))}
          >
            Previous rows
          </button>
          <button
            type="button"
            className="nbt-button"
            aria-disabled={start + WINDOW >= ids.length}
            onClick={() => start + WINDOW < ids.length && setFrom(start + WINDOW)}
          >
            Next rows
          </button>
        </nav>
      ) : null}
    </div>
  );
}

interface RowProps {
  id: Id;
  label: string;
  children: ReactNode;
  onCopy: () => void;
}

/** A row with its box for selecting, and copy and delete at its end. */
export function Row({ id, label, children, onCopy }: RowProps) {
  const selected = useSession((state) => state.selection.includes(id));
  const selection = useSession((state) => state.selection);
  const { select } = useActions();
  const { act } = useActions();
  const flip = (): void => select(selected ? selection.filter((other) => other !== id) : [...selection, id]);
  return (
    <tr data-item={id} data-selected={selected}>
      <td>
        <input
          type="checkbox"
          className="nbt-box"
          data-first
          aria-label={`Select ${label}`}
          checked={selected}
          onChange={flip}
        />
      </td>
      {children}
      <td>
        <span className="nbt-row nbt-row-tight">
          <button type="button" className="nbt-button nbt-button-small" aria-label={`Copy ${label}`} onClick={onCopy}>
            Copy
          </button>
          <button
            type="button"
            className="nbt-button nbt-button-small"
            aria-label={`Delete ${label}`}
            onClick={() => void act({ op: "remove", ids: [id] }, { undo: true })}
          >
            Delete
          </button>
        </span>
      </td>
    </tr>
  );
}

/** How many findings there are at something, in words and shapes; it selects the thing, and its findings show below. */
export function FindingsCell({ id, label }: { id: Id; label: string }) {
  const badge = useSession((state) => state.view.badges[id]);
  const { select } = useActions();
  const words = badge
    ? [
        badge.open && `● ${badge.open} open`,
        badge.possible && `◐ ${badge.possible} possible`,
        badge.toClarify && `? ${badge.toClarify} to clarify`,
      ]
        .filter(Boolean)
        .join(", ")
    : "";
  if (!words) return <span className="nbt-soft">none</span>;
  return (
    <button
      type="button"
      className="nbt-link nbt-findings"
      aria-label={`${words}: findings at ${label}`}
      onClick={() => select([id])}
    >
      {words}
    </button>
  );
}
