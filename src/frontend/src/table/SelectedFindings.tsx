/** The findings at what is selected in the table, each to decide about or to set aside without leaving the table. */

import { useState } from "react";
import type { Card } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { DecideForm } from "../register/DecideForm";
import { Reason } from "../forms/Reason";
import { LEVEL_LETTERS, STANDINGS, STATES } from "../shell/words";

export function SelectedFindings() {
  const selected = useSession((state) => state.selection.length > 0);
  const answer = useSession((state) => state.cards);
  if (!selected || !answer) return null;
  return (
    <details className="nbt-section" open>
      <summary>
        <h3>Findings at what is selected</h3>
        <span className="nbt-soft">{`${answer.cards.length} of ${answer.total} shown`}</span>
      </summary>
      {answer.total === 0 ? <p className="nbt-soft">None that is shown.</p> : null}
      <ul className="nbt-plain nbt-stack">
        {answer.cards.map((card) => (
          <FindingLine key={card.key} card={card} />
        ))}
      </ul>
    </details>
  );
}

function FindingLine({ card }: { card: Card }) {
  const [form, setForm] = useState<"decide" | "dismiss" | null>(null);
  const { act } = useActions();
  const dismiss = async (reason: string): Promise<string> => {
    const { done, refusal } = await act({ op: "dismiss", key: card.key, reason }, { undo: true });
    if (done) setForm(null);
    return refusal;
  };
  const button = (word: string, onClick: () => void) => (
    <button
      type="button"
      className="nbt-button nbt-button-small"
      aria-label={`${word}: ${card.title}`}
      onClick={onClick}
    >
      {word}
    </button>
  );
  return (
    <li>
      <div className="nbt-row">
        <span className={`nbt-badge nbt-badge-${card.state.replace(" ", "-")}`}>
          <span aria-hidden="true">{STATES[card.state].shape}</span>
          {STATES[card.state].word}
        </span>
        <span className="nbt-grow">{`${card.title} (${LEVEL_LETTERS[card.level]}, ${card.levelName})`}</span>
        {card.standing === "new" ? null : <span className="nbt-soft">{STANDINGS[card.standing] ?? card.standing}</span>}
        {button("Decide", () => setForm(form === "decide" ? null : "decide"))}
        {button("Not applicable", () => setForm(form === "dismiss" ? null : "dismiss"))}
        {card.standing === "new"
          ? null
          : button("Take back", () => void act({ op: "reopen", key: card.key }, { undo: true }))}
      </div>
      <p className="nbt-soft">{card.because}</p>
      {form === "decide" ? <DecideForm findingKey={card.key} title={card.title} onClose={() => setForm(null)} /> : null}
      {form === "dismiss" ? (
        <Reason
          label="Why it does not apply here"
          button="Set aside"
          onSubmit={dismiss}
          onClose={() => setForm(null)}
        />
      ) : null}
    </li>
  );
}
