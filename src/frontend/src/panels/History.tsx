/** The last steps, newest first: what was done, by whom, when; what was taken back is marked. */

import type { HistoryAnswer } from "../protocol";
import { useSession } from "../store";
import { useAnswer } from "./hooks";

/** The time as people read it; the whole of it stays in the title. */
export function clock(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? at : time.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

export function History() {
  const when = useSession((state) => state.revision);
  const { data, error } = useAnswer<HistoryAnswer>({ ask: "history" }, when);
  return (
    <section className="nbt-panel" aria-label="History">
      <h2>History</h2>
      {data ? null : <p role="status">{error || "Reading the history …"}</p>}
      {data?.steps.length === 0 ? <p className="nbt-soft">Nothing has been done yet.</p> : null}
      <ol className="nbt-plain nbt-stack">
        {data?.steps.map((step, n) => (
          <li key={`${step.at}-${n}`} data-undone={step.undone}>
            {step.undone ? <s>{step.name}</s> : step.name}
            {step.undone ? <span className="nbt-badge">taken back</span> : null}
            <span className="nbt-soft">{` ${step.by ? `${step.by}, ` : ""}`}<time dateTime={step.at} title={step.at}>{clock(step.at)}</time></span>
          </li>
        ))}
      </ol>
    </section>
  );
}
