/** The last steps, newest first: what was done, by whom, when; what was taken back is marked. Each can be gone back to. */

import type { HistoryAnswer } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { useAnswer } from "../shell/hooks";

/** The time as people read it; the whole of it stays in the title. */
export function clock(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? at : time.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

export function History() {
  const when = useSession((state) => state.revision);
  const { act } = useActions();
  const { data, error } = useAnswer<HistoryAnswer>({ ask: "history" }, when);
  return (
    <section className="nbt-panel" aria-label="History">
      <h2>History</h2>
      {data ? null : <p role="status">{error || "Reading the history …"}</p>}
      {data?.steps.length === 0 ? <p className="nbt-soft">Nothing has been done yet.</p> : null}
      <ol className="nbt-plain nbt-stack">
        {data?.steps.map((step, n) => (
          <li key={`${step.at}-${n}`} data-undone={step.undone}>
            <div className="nbt-row">
              <span className="nbt-grow">{step.undone ? <s>{step.name}</s> : step.name}</span>
              {step.undone ? <span className="nbt-badge">taken back</span> : null}
              <button
                type="button"
                className="nbt-button nbt-button-small"
                aria-label={`Back to: ${step.name}, ${clock(step.at)}`}
                title="Bring back how everything was after this step, as a step of its own"
                onClick={() => void act({ op: "restore", at: step.at }, { undo: true })}
              >
                Back to this
              </button>
            </div>
            <span className="nbt-soft nbt-small nbt-block">
              {step.by ? `${step.by}, ` : ""}
              <time dateTime={step.at} title={step.at}>
                {clock(step.at)}
              </time>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
