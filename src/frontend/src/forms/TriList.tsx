/** A list that may be not known, nothing, or some of what there is: what an element holds, what a flow carries. */

import { useId, useState, type ReactNode } from "react";

interface Props {
  label: string;
  value: readonly string[] | null;
  options: readonly { id: string; name: string; what?: string }[];
  onChange: (value: readonly string[] | null) => void;
  /** What is drawn under the list, such as a way to add to what can be chosen. */
  children?: ReactNode;
  help?: string;
}

type Kind = "unknown" | "nothing" | "some";

const KINDS: readonly { kind: Kind; word: string }[] = [
  { kind: "unknown", word: "Not known" },
  { kind: "nothing", word: "Nothing" },
  { kind: "some", word: "These:" },
];

export function TriList({ label, value, options, onChange, children, help }: Props) {
  const id = useId();
  const [choosing, setChoosing] = useState(false); // "these" was chosen, and none of them yet
  const known: Kind = value === null ? "unknown" : value.length === 0 ? "nothing" : "some";
  const kind = choosing ? "some" : known;
  const choose = (next: Kind): void => {
    setChoosing(next === "some");
    if (next !== "some" && next !== known) onChange(next === "unknown" ? null : []);
  };
  const toggle = (option: string, chosen: boolean): void => {
    const now = value ?? [];
    onChange(chosen ? [...now, option] : now.filter((held) => held !== option));
  };
  return (
    <fieldset className="nbt-field nbt-trilist" {...(help ? { "aria-describedby": `${id}-help` } : {})}>
      <legend>{label}</legend>
      <div className="nbt-row">
        {KINDS.map((choice) => (
          <label key={choice.kind} className="nbt-check">
            <input type="radio" name={id} checked={kind === choice.kind} onChange={() => choose(choice.kind)} />
            {choice.word}
          </label>
        ))}
      </div>
      {kind === "some" ? (
        <div className="nbt-trilist-options">
          {options.map((option) => (
            <label key={option.id} className="nbt-check" title={option.what}>
              <input
                type="checkbox"
                checked={value?.includes(option.id) ?? false}
                onChange={(event) => toggle(option.id, event.target.checked)}
              />
              {option.name}
            </label>
          ))}
          {options.length === 0 ? <span className="nbt-field-hint">There is nothing to choose from yet.</span> : null}
        </div>
      ) : null}
      {help ? (
        <span className="nbt-field-hint" id={`${id}-help`}>
          {help}
        </span>
      ) : null}
      {children}
    </fieldset>
  );
}
