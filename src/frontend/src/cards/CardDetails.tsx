/** A threat looked at closely: the path in words, what is not known, when it is wrong, and what would stand against it. */

import { useState } from "react";
import type { Card, Id } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { Preview } from "../forms/Preview";
import { labelOf } from "../shell/words";

export function CardDetails({ card }: { card: Card }) {
  const { select, run } = useActions();
  const view = useSession((state) => state.view);
  const say = (id: Id): void => {
    select([id]);
    run({ name: "show", panel: "properties" });
  };
  return (
    <div className="nbt-stack">
      <p>{card.summary}</p>
      {card.seen.map((incident, n) => (
        <p key={`${n}-${incident.source}`} className="nbt-soft">{`Seen: ${incident.what} (${incident.source})`}</p>
      ))}
      {card.steps.length > 0 ? (
        <div>
          <h4>The path</h4>
          <ol aria-label="The path, step by step">
            {card.steps.map((step, n) => (
              <li key={`${n}-${step.id}`}>
                {step.kind === "flow" ? <span className="nbt-soft">{`by ${step.label}`}</span> : step.label}
              </li>
            ))}
          </ol>
        </div>
      ) : null}
      <div>
        <h4>Why this level</h4>
        <ul>
          {card.ratingSteps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ul>
      </div>
      {card.unknown.length > 0 ? (
        <div>
          <h4>What is not known</h4>
          <ul>
            {card.unknown.map((unknown) => (
              <li key={`${unknown.id}-${unknown.subject}`}>
                {unknown.text}{" "}
                <button type="button" className="nbt-link" onClick={() => say(unknown.subject)}>
                  {`Say so at ${labelOf(view, unknown.subject)}`}
                </button>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      {card.wrongWhen ? (
        <div>
          <h4>When this is wrong</h4>
          <p>{card.wrongWhen}</p>
        </div>
      ) : null}
      <Against card={card} />
      {card.provisions.length > 0 ? (
        <p className="nbt-soft">{`Provisions of the Code: ${card.provisions.join(", ")}`}</p>
      ) : null}
    </div>
  );
}

/** The controls that would stand against it; adding one shows first what it would change. */
function Against({ card }: { card: Card }) {
  const view = useSession((state) => state.view);
  const [adding, setAdding] = useState<string | null>(null);
  if (card.controls.length === 0) return null;
  return (
    <div>
      <h4>What would stand against it</h4>
      <ul className="nbt-against">
        {card.controls.map((control) => {
          const where = control.subjects.map((id) => labelOf(view, id)).join(", ");
          return (
            <li key={control.id}>
              <strong>{control.name}</strong>
              {control.what ? `: ${control.what}` : ""}
              {adding === control.id ? (
                <Preview
                  op={{ op: "change", ids: control.subjects, set: { controls: { [control.id]: true } } }}
                  what={`${control.name} at ${where}`}
                  onClose={() => setAdding(null)}
                />
              ) : (
                <button
                  type="button"
                  className="nbt-button nbt-button-small"
                  aria-label={`Add ${control.name} at ${where} …`}
                  onClick={() => setAdding(control.id)}
                >
                  Add …
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
