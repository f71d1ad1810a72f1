/** A cell that is being edited: Enter keeps and goes down, Tab keeps and goes on, Escape leaves it as it was. */

import { useEffect, useRef, useState, type FocusEvent, type KeyboardEvent } from "react";
import { useSession } from "../shell/store";
import { optionsOf, withNow, type Option } from "./DecideForm";
import type { Decision, Part } from "./decision";
import { plain } from "../shell/words";

export type Move = "down" | "right" | "left" | "stay" | "away";

interface Props {
  part: Part;
  label: string;
  start: Decision;
  /** What was changed, or null where it is left as it was; and where to go from here. */
  onDone: (changes: Partial<Decision> | null, move: Move) => void;
}

const DATES: readonly Part[] = ["due", "expires"];

export function RegisterEditor({ part, label, start, onDone }: Props) {
  const [values, setValues] = useState<Partial<Decision>>({});
  const treatments = useSession((state) => state.vocabulary?.treatments) ?? [];
  const box = useRef<HTMLDivElement>(null);
  const over = useRef(false);
  useEffect(() => {
    const first = box.current?.querySelector<HTMLInputElement | HTMLSelectElement>("input, select");
    first?.focus();
    if (first instanceof HTMLInputElement && first.type === "text") first.select();
  }, []);

  const finish = (changes: Partial<Decision> | null, move: Move): void => {
    if (over.current) return;
    over.current = true;
    onDone(changes, move);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation();
    const inside = part === "likelihood" && event.key === "Tab" && within(event);
    if (event.nativeEvent.isComposing || inside) return;
    if (event.key === "Enter") finish(values, "down");
    else if (event.key === "Escape") finish(null, "stay");
    else if (event.key === "Tab") finish(values, event.shiftKey ? "left" : "right");
    else return;
    event.preventDefault();
  };
  const onBlur = (event: FocusEvent): void => {
    if (!event.currentTarget.contains(event.relatedTarget)) finish(values, "away");
  };
  const control = (which: Part, name: string) => ({
    className: "nbt-input",
    "aria-label": name,
    value: values[which] ?? start[which],
    onChange: (event: { target: { value: string } }) => setValues((now) => ({ ...now, [which]: event.target.value })),
  });
  const choice = (which: Part, name: string, options: readonly Option[]) => (
    <select {...control(which, name)}>
      <option value="">Not said</option>
      {withNow(options, start[which]).map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
  const kinds = part === "treatment" ? treatments.map((value) => ({ value, label: plain(value) })) : optionsOf(part);
  return (
    // Its fields tell it which keys end the editing.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={box}
      className="nbt-cell-editor"
      data-wide={part === "likelihood"}
      role="group"
      aria-label={label}
      onKeyDown={onKeyDown}
      onBlur={onBlur}
    >
      {part === "likelihood" ? (
        <>
          {choice("likelihood", `${label}: how likely`, optionsOf("likelihood"))}
          {choice("impact", `${label}: how bad`, optionsOf("impact"))}
          <input type="text" placeholder="because of what" {...control("because", `${label}: because of what`)} />
        </>
      ) : kinds.length > 0 ? (
        choice(part, label, kinds)
      ) : (
        <input type={DATES.includes(part) ? "date" : "text"} {...control(part, label)} />
      )}
    </div>
  );
}

/** Whether Tab goes to another control of the same cell. */
function within(event: KeyboardEvent): boolean {
  const controls = [...event.currentTarget.querySelectorAll("input, select")];
  return event.target !== controls.at(event.shiftKey ? 0 : -1);
}
