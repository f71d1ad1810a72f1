/** What is decided about a finding, or about several together: a line of the register, or as many. */

import { useId, useState, type KeyboardEvent } from "react";
import type { Fields, Operation } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { BLANK, deciding, missing, UNSAID, type Decision, type Part, type Standing } from "./decision";
import { useFocusAtFirst } from "../shell/hooks";
import { CONFIDENCES, COSTS, LEVEL_NAMES, MARKINGS, plain, TREATMENTS } from "../shell/words";

type Way = "together" | "each";

interface Props {
  findingKey: string;
  title: string;
  /** Keys of further findings, where it is about several. */
  more?: readonly string[];
  /** How it was decided before. */
  from?: Standing;
  note?: string;
  onClose: (done: boolean) => void;
}

export interface Option {
  value: string;
  label: string;
}

const LEVELS: readonly Option[] = Object.entries(LEVEL_NAMES).map(([value, label]) => ({ value, label }));

/** What can be chosen for a part of a decision; empty where it is typed. */
export function optionsOf(part: Part): readonly Option[] {
  switch (part) {
    case "likelihood":
    case "impact":
      return LEVELS;
    case "confidence":
      return CONFIDENCES.map((value) => ({ value, label: plain(value) }));
    case "cost":
      return Object.entries(COSTS).map(([value, label]) => ({ value, label }));
    case "marking":
      return Object.entries(MARKINGS).map(([value, label]) => ({ value, label }));
    default:
      return [];
  }
}

/** Those, with what stands there now where it is none of them. */
export function withNow(options: readonly Option[], now: string): readonly Option[] {
  return now === "" || options.some(({ value }) => value === now) ? options : [...options, { value: now, label: now }];
}

export function DecideForm({ findingKey, title, more = [], from = UNSAID, note, onClose }: Props) {
  const id = useId();
  const treatments = useSession((state) => state.vocabulary?.treatments) ?? ["mitigate", "accept", "transfer", "avoid"];
  const [decision, setDecision] = useState<Decision>({ ...BLANK, ...from.decision });
  const [way, setWay] = useState<Way>("together");
  const [errors, setErrors] = useState<ReturnType<typeof missing>>({});
  const [refusal, setRefusal] = useState("");
  const { act } = useActions();
  const first = useFocusAtFirst<HTMLInputElement>();
  const count = more.length + 1;
  const set = (part: Part, value: string): void => setDecision((now) => ({ ...now, [part]: value }));

  const submit = async (): Promise<void> => {
    const wrong = missing(decision);
    setErrors(wrong);
    setRefusal("");
    if (Object.keys(wrong).length > 0) return;
    const said = { op: "decide", ...deciding(decision, from) } as const;
    const op: Operation =
      count > 1 && way === "each"
        ? { op: "each", keys: [findingKey, ...more], do: said as unknown as Fields }
        : { ...said, key: findingKey, ...(count > 1 ? { keys: more } : {}) };
    const outcome = await act(op, { undo: true });
    if (outcome.done) onClose(true);
    else setRefusal(outcome.refusal);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onClose(false);
  };
  const control = (part: Part) => ({
    id: `${id}-${part}`,
    className: "nbt-input",
    value: decision[part],
    onChange: (event: { target: { value: string } }) => set(part, event.target.value),
    ...(errors[part] ? { "aria-invalid": true as const, "aria-describedby": `${id}-${part}-error` } : {}),
  });
  const error = (part: Part) =>
    errors[part] ? (
      <span className="nbt-field-error" id={`${id}-${part}-error`}>
        {errors[part].what}
      </span>
    ) : null;
  const line = (part: Part, label: string, type: "text" | "date" = "text") => (
    <div className="nbt-field">
      <label htmlFor={`${id}-${part}`}>{label}</label>
      <input type={type} {...control(part)} />
      {error(part)}
    </div>
  );
  const text = (part: Part, label: string) => (
    <div className="nbt-field">
      <label htmlFor={`${id}-${part}`}>{label}</label>
      <textarea rows={2} {...control(part)} />
      {error(part)}
    </div>
  );
  const choice = (part: Part, label: string) => (
    <div className="nbt-field">
      <label htmlFor={`${id}-${part}`}>{label}</label>
      <select {...control(part)}>
        <option value="">Not said</option>
        {withNow(optionsOf(part), decision[part]).map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      {error(part)}
    </div>
  );
  const radio = (group: string, checked: boolean, onChange: () => void, word: string, what: string, at = false) => (
    <label className="nbt-check">
      <input ref={at ? first : null} type="radio" name={`${id}-${group}`} checked={checked} onChange={onChange} />
      <span>
        {word}
        {what ? <span className="nbt-soft">{`: ${what}`}</span> : null}
      </span>
    </label>
  );
  const further =
    (["likelihood", "impact", "because", "confidence", "plan", "cost", "operator", "user", "marking"] as const).some(
      (part) => from.decision[part] !== "",
    ) || errors.likelihood !== undefined;
  return (
    // Escape leaves it from any of its fields.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      className="nbt-form nbt-stack"
      aria-label={`Decide about ${title}`}
      noValidate
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {note ? <p className="nbt-soft">{note}</p> : null}
      <fieldset className="nbt-field" {...(errors.treatment ? { "aria-describedby": `${id}-treatment-error` } : {})}>
        <legend>What is to be done</legend>
        {treatments.map((treatment, n) => (
          <div key={treatment}>
            {radio(
              "treatment",
              decision.treatment === treatment,
              () => set("treatment", treatment),
              plain(treatment),
              TREATMENTS[treatment] ?? "",
              n === 0,
            )}
          </div>
        ))}
        {error("treatment")}
      </fieldset>
      {line("owner", "Who sees to it (a role or a team)")}
      {line("rationale", "Why")}
      {line("due", "By when (may stay empty)", "date")}
      {decision.treatment === "accept" ? (
        <>
          {line("approver", "Who accepts the risk (a role)")}
          {line("expires", "Until when", "date")}
        </>
      ) : null}
      {count > 1 ? (
        <fieldset className="nbt-field">
          <legend>How it is kept</legend>
          {radio(
            "way",
            way === "together",
            () => setWay("together"),
            `One decision about all ${count}`,
            "they share one number, and are decided again together",
          )}
          {radio(
            "way",
            way === "each",
            () => setWay("each"),
            `${count} decisions in the same words`,
            "each has its own number, and can be decided again alone",
          )}
        </fieldset>
      ) : null}
      <details className="nbt-section" open={further}>
        <summary>What remains, the plan, who is told, who may see it</summary>
        <div className="nbt-pair">
          {choice("likelihood", "How likely it is then")}
          {choice("impact", "How bad it is then")}
        </div>
        {line("because", "Because of what it is lower")}
        {choice("confidence", "How well founded that is")}
        {line("plan", "The plan")}
        {choice("cost", "What the plan costs")}
        {text("operator", "What operators are told: what may happen, what to do")}
        {text("user", "What end-users are told: what may happen, what to do")}
        {choice("marking", "Who may see it")}
      </details>
      {refusal || Object.keys(errors).length > 0 ? (
        <p role="alert" className="nbt-field-error">
          {refusal || "The decision is not kept yet: fill in what is marked."}
        </p>
      ) : null}
      <div className="nbt-row">
        <button type="submit" className="nbt-button nbt-button-primary">
          {count > 1 && way === "each" ? "Keep the decisions" : "Keep the decision"}
        </button>
        <button type="button" className="nbt-button" onClick={() => onClose(false)}>
          Cancel
        </button>
      </div>
    </form>
  );
}
