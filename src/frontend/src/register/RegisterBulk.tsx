/** What can be done about the lines that are selected, in one step. */

import { useState } from "react";
import type { RegisterRow } from "../shell/protocol";
import { Reason } from "../forms/Reason";
import { counted } from "../shell/words";
import { useActions } from "../shell/store";

interface Props {
  rows: readonly RegisterRow[];
  /** How many of them the filter hides. */
  hidden: number;
  onDecide: () => void;
  /** Called when something was done about them, and when nothing is to be selected any more. */
  onDone: () => void;
}

export function RegisterBulk({ rows, hidden, onDecide, onDone }: Props) {
  const [dismissing, setDismissing] = useState(false);
  const { act } = useActions();
  const taken = rows.filter((row) => row.number !== "" || row.standing === "set aside");
  const each = async (about: readonly RegisterRow[], what: Readonly<Record<string, string>>): Promise<string> => {
    const { done, refusal } = await act({ op: "each", keys: about.map((row) => row.key), do: what }, { undo: true });
    if (done) onDone();
    return refusal;
  };
  return (
    <div className="nbt-stack nbt-bulk" role="group" aria-label="What is selected">
      <div className="nbt-row">
        <span role="status">
          {`${counted(rows.length, "line")} selected${hidden > 0 ? `, ${hidden} of them not shown` : ""}`}
        </span>
        <button type="button" className="nbt-button nbt-button-primary" onClick={onDecide}>
          {rows.length === 1 ? "Decide …" : `Decide about ${rows.length} together …`}
        </button>
        <button
          type="button"
          className="nbt-button"
          aria-expanded={dismissing}
          onClick={() => setDismissing(!dismissing)}
        >
          Not here …
        </button>
        {taken.length > 0 ? (
          <button type="button" className="nbt-button" onClick={() => void each(taken, { op: "reopen" })}>
            {taken.length === rows.length ? "Take back" : `Take back ${taken.length} of them`}
          </button>
        ) : null}
        <button type="button" className="nbt-button" onClick={onDone}>
          Select nothing
        </button>
      </div>
      {dismissing ? (
        <Reason
          label={rows.length === 1 ? "Why it does not apply here" : `Why these ${rows.length} do not apply here`}
          button="Set aside"
          onSubmit={(reason) => each(rows, { op: "dismiss", reason })}
          onClose={() => setDismissing(false)}
        />
      ) : null}
    </div>
  );
}
