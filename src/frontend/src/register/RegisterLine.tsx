/** One line of the register: a row of the grid, of which one cell at most can be reached by Tab, or is being edited. */

import type { RegisterRow } from "../shell/protocol";
import { RegisterEditor, type Move } from "./RegisterEditor";
import type { Decision } from "./decision";
import { COLUMNS, editable, type Column } from "./registerRows";
import { drafted, unkept, type RowDraft } from "./rowDrafts";
import { counted } from "../shell/words";

/** The columns of the grid: a box to select, what is known, a button. */
export const SELECT = 0;
export const ACT = COLUMNS.length + 1;
export const LAST = ACT;

export function columnAt(at: number): Column | undefined {
  return COLUMNS[at - 1];
}

export function nameOf(row: RegisterRow): string {
  return `${row.title}${row.subject ? ` at ${row.subject}` : ""}`;
}

interface Props {
  row: RegisterRow;
  index: number;
  /** The column of the cell that Tab reaches; -1 where that is in another row. */
  at: number;
  editing: boolean;
  selected: boolean;
  draft: RowDraft | undefined;
  /** How many lines have the same number. */
  together: number;
  onToggle: () => void;
  onOpen: () => void;
  onDone: (changes: Partial<Decision> | null, move: Move) => void;
}

export function RegisterLine({ row, index, at, editing, selected, draft, together, onToggle, onOpen, onDone }: Props) {
  const may = editable(row);
  const reach = (column: number) => ({ tabIndex: at === column ? 0 : -1, "data-at": at === column && !editing });
  const shown = laid(row, draft);
  return (
    <tr
      data-line={row.key}
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-draft={unkept(draft)}
      data-standing={row.standing}
    >
      <td role="gridcell" data-column={SELECT}>
        <input
          type="checkbox"
          className="nbt-box"
          aria-label={`Select ${nameOf(row)}`}
          checked={selected}
          onChange={onToggle}
          {...reach(SELECT)}
        />
      </td>
      {COLUMNS.map((column, n) => {
        const here = at === n + 1;
        const attributes = {
          "data-column": n + 1,
          ...reach(n + 1),
          ...(column.edits && may ? {} : { "aria-readonly": true as const }),
        };
        if (here && editing && column.edits) {
          return (
            <td key={column.id} role="gridcell" data-column={n + 1}>
              <RegisterEditor
                part={column.edits}
                label={`${column.title}, ${nameOf(row)}`}
                start={drafted(row, draft)}
                onDone={onDone}
              />
            </td>
          );
        }
        const text = column.id === "standing" && unkept(draft) ? `✎ Not kept yet: ${draft.why}` : column.text(shown);
        const content = (
          <div className="nbt-cell" data-level={levelOf(column, row)}>
            {text}
            {column.id === "number" && together > 1 ? (
              <span className="nbt-soft">
                {` +${together - 1}`}
                <span className="nbt-hidden">{`, decided together with ${counted(together - 1, "other line")}`}</span>
              </span>
            ) : null}
          </div>
        );
        return column.id === "title" ? (
          <th key={column.id} scope="row" {...attributes}>
            {content}
          </th>
        ) : (
          <td key={column.id} role="gridcell" {...attributes}>
            {content}
          </td>
        );
      })}
      <td role="gridcell" data-column={ACT}>
        <button
          type="button"
          className="nbt-button nbt-button-small"
          aria-label={`Decide about ${nameOf(row)}`}
          onClick={onOpen}
          {...reach(ACT)}
        >
          Decide
        </button>
      </td>
    </tr>
  );
}

function levelOf(column: Column, row: RegisterRow): number | undefined {
  if (column.id === "level") return row.level ?? undefined;
  if (column.id === "current") return row.current ?? undefined;
  return undefined;
}

/** A line with what is drafted for it; the level of a new residual rating is only known once it is kept. */
function laid(row: RegisterRow, draft: RowDraft | undefined): RegisterRow {
  if (!draft) return row;
  const { treatment, owner, rationale, due, approver, expires, confidence, plan, cost, marking } = drafted(row, draft);
  const rated = draft.fields.likelihood !== undefined || draft.fields.impact !== undefined;
  return {
    ...row,
    owner,
    rationale,
    due,
    approver,
    expires,
    plan,
    marking,
    treatment: treatment as RegisterRow["treatment"],
    confidence: confidence as RegisterRow["confidence"],
    cost: cost as RegisterRow["cost"],
    residual: rated ? null : row.residual,
  };
}
