/** Yes, no, not known: three answers, none of them the blank one. */

import { useId, type KeyboardEvent } from "react";
import type { Answer } from "../shell/protocol";

export const ANSWERS: readonly { value: Answer; word: string }[] = [
  { value: true, word: "Yes" },
  { value: false, word: "No" },
  { value: null, word: "Not known" },
];

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Arrow keys go from answer to answer without giving one: each answer given is a step in the history. Space answers. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = STEPS[event.key];
  if (step === undefined || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  const inputs = [...event.currentTarget.querySelectorAll("input")];
  const here = inputs.indexOf(event.target as HTMLInputElement);
  inputs[(here + step + inputs.length) % inputs.length]?.focus();
}

interface Props {
  label: string;
  value: Answer | "mixed";
  onChoose: (answer: Answer) => void;
  help?: string;
}

export function ThreeState({ label, value, onChoose, help }: Props) {
  const id = useId();
  const notes = [help ? `${id}-help` : "", value === "mixed" ? `${id}-mixed` : ""].filter(Boolean).join(" ");
  return (
    <fieldset
      className="nbt-field nbt-three"
      role="radiogroup"
      onKeyDown={walk}
      {...(notes ? { "aria-describedby": notes } : {})}
    >
      <legend>{label}</legend>
      <div className="nbt-choice">
        {ANSWERS.map((answer) => (
          <label key={answer.word}>
            <input
              type="radio"
              name={id}
              className="nbt-three-input"
              checked={value === answer.value}
              onChange={() => onChoose(answer.value)}
            />
            {answer.word}
          </label>
        ))}
      </div>
      {value === "mixed" ? (
        <span className="nbt-field-hint" id={`${id}-mixed`}>
          They differ. An answer counts for all of them.
        </span>
      ) : null}
      {help ? (
        <span className="nbt-field-hint" id={`${id}-help`}>
          {help}
        </span>
      ) : null}
    </fieldset>
  );
}
