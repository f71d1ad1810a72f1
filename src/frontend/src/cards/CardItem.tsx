/** One threat: what, how bad, why here; and, when it is the one looked at, the path in words and what stands against it. */

import { useId, useRef, type KeyboardEvent } from "react";
import type { Card, WhyAnswer } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { CardDetails } from "./CardDetails";
import { DecideForm } from "../register/DecideForm";
import { useAnswer } from "../shell/hooks";
import { Reason } from "../forms/Reason";
import { LEVEL_LETTERS, STANDINGS, STATES } from "../shell/words";

export type CardForm = "decide" | "dismiss" | "why";

interface Props {
  card: Card;
  lit: boolean;
  form: CardForm | null;
  onToggle: () => void;
  onForm: (form: CardForm | null) => void;
}

export function CardItem({ card, lit, form, onToggle, onForm }: Props) {
  const id = useId();
  const title = useRef<HTMLButtonElement>(null);
  const { act } = useActions();
  const close = (): void => {
    onForm(null);
    title.current?.focus();
  };
  const dismiss = async (reason: string): Promise<string> => {
    const { done, refusal } = await act({ op: "dismiss", key: card.key, reason }, { undo: true });
    if (done) close();
    return refusal;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "n" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // or the letter would be typed into the field that opens
    onForm("dismiss");
  };
  const press = (which: CardForm) => ({
    type: "button" as const,
    className: "nbt-button nbt-button-small",
    "aria-expanded": form === which,
    onClick: () => onForm(form === which ? null : which),
  });
  return (
    <article
      className="nbt-card nbt-threat"
      data-item={card.key}
      data-lit={lit}
      data-state={card.state}
      aria-labelledby={`${id}-title`}
      {...(lit ? { "aria-current": true } : {})}
    >
      <h3>
        <button
          ref={title}
          type="button"
          data-first
          id={`${id}-title`}
          className="nbt-threat-title"
          aria-expanded={lit}
          aria-controls={`${id}-more`}
          onClick={onToggle}
          onKeyDown={onKeyDown}
        >
          {card.title}
        </button>
      </h3>
      <p className="nbt-row">
        <span className={`nbt-badge nbt-badge-${card.state.replace(" ", "-")}`}>
          <span aria-hidden="true">{STATES[card.state].shape}</span>
          {STATES[card.state].word}
        </span>
        <span className="nbt-badge nbt-level" data-level={card.level}>
          <span className="nbt-level-letters">{LEVEL_LETTERS[card.level]}</span>
          {card.levelName}
        </span>
        {card.standing === "new" ? null : (
          <span className="nbt-badge">{STANDINGS[card.standing] ?? card.standing}</span>
        )}
      </p>
      <p>{card.because}</p>
      {card.standing === "new" ? null : <Standing card={card} />}
      <p className="nbt-row nbt-above">
        <button {...press("decide")}>Decide</button>
        <button {...press("dismiss")}>Not applicable</button>
        <button {...press("why")}>Why</button>
      </p>
      {form === "decide" ? <DecideForm findingKey={card.key} title={card.title} onClose={close} /> : null}
      {form === "dismiss" ? (
        <Reason label="Why it does not apply here" button="Set aside" onSubmit={dismiss} onClose={close} />
      ) : null}
      {form === "why" ? <Why findingKey={card.key} /> : null}
      <div id={`${id}-more`} className="nbt-above" hidden={!lit}>
        {lit ? <CardDetails card={card} /> : null}
      </div>
    </article>
  );
}

/** What was decided before, and the way back. */
function Standing({ card }: { card: Card }) {
  const { act } = useActions();
  return (
    <p className="nbt-row nbt-above">
      <span className="nbt-grow nbt-soft">{card.decision}</span>
      <button
        type="button"
        className="nbt-button nbt-button-small"
        onClick={() => void act({ op: "reopen", key: card.key }, { undo: true })}
      >
        Take back
      </button>
    </p>
  );
}

function Why({ findingKey }: { findingKey: string }) {
  const when = useSession((state) => state.view.status.status?.matched ?? 0);
  const { data, error } = useAnswer<WhyAnswer>({ ask: "why", key: findingKey }, when);
  return (
    <div role="region" aria-label="Why it stands">
      {data ? <pre className="nbt-why">{data.lines.join("\n")}</pre> : <p role="status">{error || "Looking …"}</p>}
    </div>
  );
}
