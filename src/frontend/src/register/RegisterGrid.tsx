/**
 * The lines as a grid, by the keys of the ARIA grid pattern. Only the lines near what is seen are drawn, and the one with
 * the focus; `aria-rowindex` says of each which it is, and the rows between them are as high as what they stand for.
 */

import {
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from "react";
import type { RegisterRow } from "../shell/protocol";
import type { Decision } from "./decision";
import { focused } from "../shell/hooks";
import type { Move } from "./RegisterEditor";
import { ACT, columnAt, LAST, RegisterLine, SELECT } from "./RegisterLine";
import { COLUMNS, editable, type Sort } from "./registerRows";
import type { Editing } from "./rowDrafts";
import { useRowWindow } from "./rowWindow";

interface Props {
  lines: readonly RegisterRow[];
  sort: Sort | null;
  onSort: (column: string) => void;
  selected: ReadonlySet<string>;
  onSelect: (keys: ReadonlySet<string>) => void;
  editing: Editing;
  together: ReadonlyMap<string, number>;
  onOpen: (row: RegisterRow) => void;
}

interface At {
  key: string;
  row: number;
  column: number;
}
const HEADER = -1;
const PAGE = 10;
const WIDTH = COLUMNS.reduce((sum, column) => sum + column.width, 44 + 92);

export function RegisterGrid({ lines, sort, onSort, selected, onSelect, editing, together, onOpen }: Props) {
  const table = useRef<HTMLTableElement>(null);
  const held = useRef<Element | null>(null);
  const want = useRef(false);
  const anchor = useRef<{ key: string; base: ReadonlySet<string> } | null>(null);
  const [at, setAt] = useState<At>({ key: "", row: 0, column: 1 });
  const [open, setOpen] = useState(false);
  const indices = useMemo(() => new Map(lines.map((row, n) => [row.key, n])), [lines]);
  const here = at.row === HEADER ? HEADER : (indices.get(at.key) ?? Math.min(at.row, lines.length - 1));
  const { box, first, last, rowHeight } = useRowWindow(lines.length);

  useLayoutEffect(() => {
    const target = table.current?.querySelector<HTMLElement>('[data-at="true"]');
    if (!table.current || !target) return;
    const now = focused(table.current);
    const lost =
      held.current !== null && !held.current.isConnected && (now === null || now === table.current.ownerDocument.body);
    if (!want.current && !lost) return;
    want.current = false;
    target.focus({ preventScroll: true });
    target.closest("td, th")?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  });

  const go = (row: number, column: number, focus = true): void => {
    const to = Math.max(HEADER, Math.min(lines.length - 1, row));
    setAt({
      key: lines[to]?.key ?? "",
      row: to,
      column: Math.max(SELECT, Math.min(to === HEADER ? LAST - 1 : LAST, column)),
    });
    setOpen(false);
    want.current = focus;
  };
  const toggle = (key: string): void => {
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    anchor.current = null;
    onSelect(next);
  };
  /** Select from where the selecting began to a row. */
  const extend = (to: number): void => {
    const began = anchor.current ?? { key: lines[here]?.key ?? "", base: selected };
    anchor.current = began;
    const from = indices.get(began.key) ?? to;
    const range = lines.slice(Math.min(from, to), Math.max(from, to) + 1).map((row) => row.key);
    onSelect(new Set([...began.base, ...range]));
  };
  const all = lines.length > 0 && lines.every((row) => selected.has(row.key));
  const some = !all && lines.some((row) => selected.has(row.key));
  const flipAll = (): void => {
    const shown = new Set(lines.map((row) => row.key));
    onSelect(all ? new Set([...selected].filter((key) => !shown.has(key))) : new Set([...selected, ...shown]));
  };
  const enter = (row: RegisterRow): void => {
    if (columnAt(at.column)?.edits && editable(row)) setOpen(true);
    else if (at.column !== SELECT) onOpen(row);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const { key, shiftKey, altKey } = event;
    const ctrl = event.ctrlKey || event.metaKey;
    const target = event.target as Element;
    if (open || altKey || event.nativeEvent.isComposing || !target.closest("[data-column]")) return;
    const row = lines[here];
    const arrow = ({ ArrowUp: -1, ArrowDown: 1, PageUp: -PAGE, PageDown: PAGE } as Readonly<Record<string, number>>)[
      key
    ];
    if (arrow !== undefined && !ctrl) {
      const to = key === "PageUp" && here > 0 ? Math.max(0, here + arrow) : here + arrow;
      if (shiftKey && here !== HEADER) extend(Math.max(0, Math.min(lines.length - 1, to)));
      else anchor.current = null;
      go(shiftKey ? Math.max(0, to) : to, at.column);
    } else if (key === "ArrowLeft" || key === "ArrowRight") {
      go(here, at.column + (key === "ArrowLeft" ? -1 : 1));
    } else if (key === "Home" || key === "End") {
      const edge = key === "Home" ? SELECT : LAST;
      if (ctrl) go(key === "Home" ? 0 : lines.length - 1, edge);
      else go(here, edge);
    } else if (key === "a" && ctrl) {
      onSelect(new Set([...selected, ...lines.map((line) => line.key)]));
    } else if (key === "Escape") {
      if (row && editing.drafts.has(row.key)) editing.drop(row.key);
      else if (selected.size > 0) onSelect(new Set());
      else return;
    } else if (
      here === HEADER ||
      !row ||
      ctrl ||
      target.matches("button") ||
      (key === " " && target.matches("input"))
    ) {
      return; // buttons and boxes know these keys themselves
    } else if (key === " ") {
      toggle(row.key);
    } else if (key === "Enter" || key === "F2") {
      enter(row);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const placed = (target: EventTarget): { row: number; column: number } | null => {
    const cell = (target as Element).closest<HTMLElement>("[data-column]");
    if (!cell) return null;
    const key = cell.closest<HTMLElement>("tr")?.dataset["line"];
    return { row: key === undefined ? HEADER : (indices.get(key) ?? 0), column: Number(cell.dataset["column"]) };
  };
  const onFocus = (event: FocusEvent): void => {
    held.current = event.target;
    const place = placed(event.target);
    if (place && (place.row !== here || place.column !== at.column)) go(place.row, place.column, false);
  };
  const onBlur = (event: FocusEvent): void => {
    if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) held.current = null;
  };
  const onClick = (event: MouseEvent): void => {
    const place = event.shiftKey ? placed(event.target) : null;
    if (place && place.row !== HEADER) extend(place.row);
  };
  const onDoubleClick = (event: MouseEvent): void => {
    const row = lines[placed(event.target)?.row ?? HEADER];
    if (row && !open && !(event.target as Element).closest("input, button")) enter(row);
  };
  const finish = (row: RegisterRow, changes: Partial<Decision> | null, move: Move): void => {
    if (changes) editing.edit(row, changes);
    if (move === "away") return void setOpen(false);
    const [down, right] = { down: [1, 0], right: [0, 1], left: [0, -1], stay: [0, 0] }[move] as [number, number];
    go(here + down, at.column + right);
  };

  const line = (n: number): ReactNode => {
    const row = lines[n];
    if (!row) return null;
    return (
      <RegisterLine
        key={row.key}
        row={row}
        index={n}
        at={n === here ? at.column : -1}
        editing={n === here && open}
        selected={selected.has(row.key)}
        draft={editing.drafts.get(row.key)}
        together={together.get(row.number) ?? 1}
        onToggle={() => toggle(row.key)}
        onOpen={() => onOpen(row)}
        onDone={(changes, move) => finish(row, changes, move)}
      />
    );
  };
  const drawn: ReactNode[] = [];
  let next = 0;
  const gap = (to: number): void => {
    if (to > next)
      drawn.push(
        <tr key={`gap-${next}`} aria-hidden="true" style={{ height: (to - next) * rowHeight }}>
          <td colSpan={LAST + 1} />
        </tr>,
      );
  };
  const draw = (n: number): void => {
    gap(n);
    drawn.push(line(n));
    next = n + 1;
  };
  if (here >= 0 && here < first) draw(here);
  for (let n = Math.max(first, next); n <= last; n += 1) draw(n);
  if (here > last) draw(here);
  gap(lines.length);

  const reach = (column: number) => ({
    tabIndex: here === HEADER && at.column === column ? 0 : -1,
    "data-at": here === HEADER && at.column === column,
  });
  return (
    <div className="nbt-table-wrap nbt-grid-wrap" ref={box}>
      <table
        ref={table}
        role="grid"
        className="nbt-table nbt-grid"
        aria-label="Findings and what was decided about them"
        aria-multiselectable="true"
        aria-rowcount={lines.length + 1}
        style={{ width: WIDTH }}
        onKeyDown={onKeyDown}
        onFocus={onFocus}
        onBlur={onBlur}
        onClick={onClick}
        onDoubleClick={onDoubleClick}
      >
        <colgroup>
          <col style={{ width: 44 }} />
          {COLUMNS.map((column) => (
            <col key={column.id} style={{ width: column.width }} />
          ))}
          <col style={{ width: 92 }} />
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" data-column={SELECT}>
              <input
                type="checkbox"
                className="nbt-box"
                aria-label="Select all lines shown"
                checked={all}
                onChange={flipAll}
                {...reach(SELECT)}
                ref={(checkbox) => {
                  if (checkbox) checkbox.indeterminate = some;
                }}
              />
            </th>
            {COLUMNS.map((column, n) => {
              const sorting = sort?.column === column.id ? (sort.down ? "descending" : "ascending") : undefined;
              return (
                <th key={column.id} scope="col" data-column={n + 1} {...(sorting ? { "aria-sort": sorting } : {})}>
                  <button type="button" className="nbt-sort" onClick={() => onSort(column.id)} {...reach(n + 1)}>
                    {column.title}
                    <span aria-hidden="true">{sorting === "ascending" ? " ▲" : sorting ? " ▼" : ""}</span>
                  </button>
                </th>
              );
            })}
            <th scope="col" data-column={ACT}>
              <span className="nbt-hidden">Decide</span>
            </th>
          </tr>
        </thead>
        <tbody>{drawn}</tbody>
      </table>
    </div>
  );
}
