/** What is decided about a finding: a line of the register. */

import { useId, useState, type KeyboardEvent } from "react";
import type { DoDecide, Treatment } from "../protocol";
import { useSession } from "../store";
import { useFocusAtFirst, usePropose } from "./hooks";
import { plain, TREATMENTS } from "./words";

export interface Decision {
  treatment: Treatment | ""; owner: string; rationale: string; due: string; approver: string; expires: string;
}

const BLANK: Decision = { treatment: "", owner: "", rationale: "", due: "", approver: "", expires: "" };

/** What is still missing, by field. */
export function missing(decision: Decision): Partial<Record<keyof Decision, string>> {
  const accepting = decision.treatment === "accept";
  return {
    ...(decision.treatment ? {} : { treatment: "Choose what is to be done about it." }),
    ...(decision.owner.trim() ? {} : { owner: "Name a role or a team that sees to it, such as “Platform team”." }),
    ...(decision.rationale.trim() ? {} : { rationale: "Say why, in a sentence." }),
    ...(accepting && !decision.approver.trim() ? { approver: "Name the role that accepts the risk." } : {}),
    ...(accepting && !decision.expires ? { expires: "Give a date after which this is decided again." } : {}),
  };
}

/** The operation, without the fields that nobody filled in. */
export function deciding(key: string, decision: Decision): DoDecide {
  const accepting = decision.treatment === "accept";
  return {
    op: "decide", key, treatment: decision.treatment || "mitigate",
    owner: decision.owner.trim(), rationale: decision.rationale.trim(),
    ...(decision.due ? { due: decision.due } : {}),
    ...(accepting ? { approver: decision.approver.trim(), expires: decision.expires } : {}),
  };
}

interface Props { findingKey: string; title: string; start?: Partial<Decision>; onClose: (done: boolean) => void }

export function DecideForm({ findingKey, title, start, onClose }: Props) {
  const id = useId();
  const treatments = useSession((state) => state.vocabulary?.treatments) ?? ["mitigate", "accept", "transfer", "avoid"];
  const [decision, setDecision] = useState<Decision>({ ...BLANK, ...start });
  const [errors, setErrors] = useState<ReturnType<typeof missing>>({});
  const [refusal, setRefusal] = useState("");
  const propose = usePropose();
  const first = useFocusAtFirst<HTMLInputElement>();
  const set = (part: Partial<Decision>): void => setDecision((now) => ({ ...now, ...part }));

  const submit = async (): Promise<void> => {
    const wrong = missing(decision);
    setErrors(wrong);
    setRefusal("");
    if (Object.keys(wrong).length > 0) return;
    const outcome = await propose(deciding(findingKey, decision), { undo: true });
    if (outcome.done) onClose(true);
    else setRefusal(outcome.refusal);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose(false);
  };
  const line = (name: "owner" | "rationale" | "approver" | "due" | "expires", label: string, type: "text" | "date") => (
    <div className="nbt-field">
      <label htmlFor={`${id}-${name}`}>{label}</label>
      <input
        id={`${id}-${name}`} type={type} value={decision[name]} onKeyDown={onKeyDown}
        onChange={(event) => set({ [name]: event.target.value })}
        {...(errors[name] ? { "aria-invalid": true, "aria-describedby": `${id}-${name}-error` } : {})}
      />
      {errors[name] ? <span className="nbt-field-error" id={`${id}-${name}-error`}>{errors[name]}</span> : null}
    </div>
  );
  return (
    <form className="nbt-form nbt-stack" aria-label={`Decide about ${title}`} noValidate onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <fieldset className="nbt-field" {...(errors.treatment ? { "aria-describedby": `${id}-treatment-error` } : {})}>
        <legend>What is to be done</legend>
        {treatments.map((treatment, n) => (
          <label key={treatment} className="nbt-check">
            <input
              ref={n === 0 ? first : null} type="radio" name={`${id}-treatment`} checked={decision.treatment === treatment}
              onChange={() => set({ treatment })} onKeyDown={onKeyDown}
            />
            <span>{plain(treatment)}<span className="nbt-soft">{`: ${TREATMENTS[treatment] ?? ""}`}</span></span>
          </label>
        ))}
        {errors.treatment ? <span className="nbt-field-error" id={`${id}-treatment-error`}>{errors.treatment}</span> : null}
      </fieldset>
      {line("owner", "Who sees to it (a role or a team)", "text")}
      {line("rationale", "Why", "text")}
      {line("due", "By when (may stay empty)", "date")}
      {decision.treatment === "accept" ? (
        <>
          {line("approver", "Who accepts the risk (a role)", "text")}
          {line("expires", "Until when", "date")}
        </>
      ) : null}
      {refusal || Object.keys(errors).length > 0 ? (
        <p role="alert" className="nbt-field-error">{refusal || "The decision is not kept yet: fill in what is marked."}</p>
      ) : null}
      <div className="nbt-row">
        <button type="submit" className="nbt-button nbt-button-primary">Keep the decision</button>
        <button type="button" className="nbt-button" onClick={() => onClose(false)}>Cancel</button>
      </div>
    </form>
  );
}
