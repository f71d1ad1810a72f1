/** What is said of the register as a whole: how much risk is borne, and when everything is looked at again. */

import { useId, useState, type FormEvent, type ReactNode } from "react";
import { describing } from "../forms/Field";
import type { Level, Operation, RegisterAnswer, Trigger } from "../shell/protocol";
import { useActions } from "../shell/store";
import { LEVEL_NAMES } from "../shell/words";

const TRIGGERS: readonly (readonly [Trigger, string])[] = [
  ["model", "the model changes"],
  ["data", "the data changes"],
  ["tool", "a tool is added or changes"],
  ["configuration", "the configuration changes"],
  ["incident", "an incident happens"],
  ["new-threat", "a new threat becomes known"],
];

type Said = Pick<RegisterAnswer, "tolerance" | "schedule" | "reviewed">;

export function RegisterTerms({ said }: { said: Said }) {
  const { tolerance, schedule, reviewed } = said;
  const borne = tolerance
    ? `Risk tolerance: ${LEVEL_NAMES[tolerance.tolerance]}, risk appetite: ${LEVEL_NAMES[tolerance.appetite]}.`
    : "Risk tolerance: nobody said.";
  const next = schedule ? `Next review: ${schedule.next}.` : "Next review: no date.";
  const last = reviewed
    ? `Last reviewed ${reviewed.on}${reviewed.by ? ` by ${reviewed.by}` : ""}.`
    : "Not reviewed yet.";
  return (
    <details className="nbt-terms">
      <summary>{`${borne} ${next} ${last}`}</summary>
      <div className="nbt-stack">
        <ToleranceForm key={JSON.stringify(tolerance)} said={tolerance} />
        <ScheduleForm key={JSON.stringify(schedule)} said={schedule} />
      </div>
    </details>
  );
}

function ToleranceForm({ said }: { said: Said["tolerance"] }) {
  const [appetite, setAppetite] = useState(String(said?.appetite ?? ""));
  const [tolerance, setTolerance] = useState(String(said?.tolerance ?? ""));
  const [statement, setStatement] = useState(said?.statement ?? "");
  const id = useId();
  const make = (): Operation | string => {
    if (!appetite || !tolerance) return "Choose both levels: the risk that is sought, and the risk that is borne.";
    if (Number(tolerance) < Number(appetite)) return "Choose a tolerance that is at least the appetite.";
    const levels = { appetite: Number(appetite) as Level, tolerance: Number(tolerance) as Level };
    return { op: "tolerance", ...levels, statement: statement.trim() };
  };
  return (
    <TermForm name="Risk tolerance" make={make}>
      <Levels label="Risk appetite: the highest risk that is sought" value={appetite} onChange={setAppetite} />
      <Levels label="Risk tolerance: the highest risk that is borne" value={tolerance} onChange={setTolerance} />
      <div className="nbt-field">
        <label htmlFor={id}>Statement, in a sentence</label>
        <input id={id} className="nbt-input" value={statement} onChange={(event) => setStatement(event.target.value)} />
      </div>
    </TermForm>
  );
}

function Levels({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div className="nbt-field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="nbt-input" value={value} onChange={(event) => onChange(event.target.value)}>
        {value === "" && <option value="">Choose …</option>}
        {Object.entries(LEVEL_NAMES).map(([level, name]) => (
          <option key={level} value={level}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

function ScheduleForm({ said }: { said: Said["schedule"] }) {
  const [next, setNext] = useState(said?.next ?? "");
  const [triggers, setTriggers] = useState<readonly Trigger[]>(said?.triggers ?? []);
  const id = useId();
  const make = (): Operation | string =>
    next ? { op: "schedule", next, triggers } : "Give the date of the next review.";
  const flip = (trigger: Trigger, on: boolean): void =>
    setTriggers(on ? [...triggers, trigger] : triggers.filter((other) => other !== trigger));
  return (
    <TermForm name="Review" make={make}>
      <div className="nbt-field">
        <label htmlFor={id}>Next review</label>
        <input
          id={id}
          type="date"
          className="nbt-input"
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
      </div>
      <fieldset className="nbt-field">
        <legend>Before that, when</legend>
        {TRIGGERS.map(([trigger, words]) => (
          <label key={trigger} className="nbt-check">
            <input
              type="checkbox"
              checked={triggers.includes(trigger)}
              onChange={(event) => flip(trigger, event.target.checked)}
            />
            {words}
          </label>
        ))}
      </fieldset>
    </TermForm>
  );
}

/** A form that hands in one operation; `make` returns it, or says in words what is missing. */
function TermForm({ name, make, children }: { name: string; make: () => Operation | string; children: ReactNode }) {
  const { act } = useActions();
  const [error, setError] = useState("");
  const { attributes, notes } = describing(useId(), undefined, error);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const made = make();
    setError(typeof made === "string" ? made : (await act(made, { undo: true })).refusal);
  };
  return (
    <form className="nbt-form nbt-stack" aria-label={name} onSubmit={(event) => void submit(event)}>
      {children}
      {notes}
      <div className="nbt-row">
        <button type="submit" className="nbt-button" {...attributes}>{`Keep ${name.toLowerCase()}`}</button>
      </div>
    </form>
  );
}
