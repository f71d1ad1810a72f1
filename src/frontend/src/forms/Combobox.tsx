/** A field with a list that narrows as somebody types: the ARIA combobox with a list box. */

import { useId, useRef, useState, type KeyboardEvent } from "react";
import type { Id } from "../shell/protocol";
import type { Commit } from "./draft";
import { describing } from "./Field";

export interface Option {
  id: Id;
  name: string;
  what: string;
}

interface Props {
  label: string;
  value: Id;
  options: readonly Option[];
  onCommit: Commit;
  bare?: boolean;
  help?: string;
  placeholder?: string;
  /** Enter where nothing is being chosen, such as at the end of a row to add. */
  onEnter?: () => void;
}

const SHOWN = 40;

/** What fits the words typed: names that begin so first, then names, then descriptions. */
export function fitting(options: readonly Option[], typed: string): readonly Option[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return options;
  const ranked = options.map((option) => {
    const name = option.name.toLowerCase();
    if (name.startsWith(words.join(" "))) return { option, rank: 0 };
    if (words.every((word) => name.includes(word) || option.id.includes(word))) return { option, rank: 1 };
    return { option, rank: words.every((word) => `${name} ${option.what.toLowerCase()}`.includes(word)) ? 2 : 3 };
  });
  return ranked
    .filter(({ rank }) => rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .map(({ option }) => option);
}

export function Combobox({ label, value, options, onCommit, bare, help, placeholder, onEnter }: Props) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null); // null: nobody is typing
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const [error, setError] = useState("");
  const sending = useRef<Id | null>(null);
  const name = options.find((option) => option.id === value)?.name ?? value;
  const found = fitting(options, typed ?? "").slice(0, SHOWN);
  const more = fitting(options, typed ?? "").length - found.length;
  const { attributes, notes } = describing(id, help, error);

  const close = (): void => {
    setOpen(false);
    setAt(-1);
  };
  const choose = async (option: Option): Promise<void> => {
    close();
    if (sending.current === option.id) return; // leaving the field while it is on its way
    sending.current = option.id;
    setTyped(option.name);
    const refusal = option.id === value ? "" : await onCommit(option.id);
    sending.current = null;
    setError(refusal);
    if (!refusal) setTyped(null);
  };
  const leave = (): void => {
    close();
    if (typed === null || error) return;
    const meant = options.find((option) => option.name.toLowerCase() === typed.trim().toLowerCase());
    if (meant) void choose(meant);
    else setTyped(null);
  };
  const step = (by: number): void => {
    setOpen(true);
    setAt(found.length === 0 ? -1 : (Math.max(at, by > 0 ? -1 : 0) + by + found.length) % found.length);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") {
      const option = open ? (found[at] ?? (typed ? found[0] : undefined)) : undefined;
      event.preventDefault();
      if (option) void choose(option);
      else onEnter?.();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !event.altKey) {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && (open || typed !== null)) {
      event.stopPropagation();
      close();
      setError("");
      setTyped(null);
    }
  };
  const active = open && at >= 0 ? `${id}-${at}` : undefined;
  const field = (
    <input
      id={id}
      role="combobox"
      className="nbt-input"
      autoComplete="off"
      aria-autocomplete="list"
      aria-expanded={open}
      aria-controls={`${id}-list`}
      {...(active ? { "aria-activedescendant": active } : {})}
      {...attributes}
      {...(bare ? { "aria-label": label } : {})}
      {...(placeholder ? { placeholder } : {})}
      value={typed ?? name}
      onFocus={(event) => event.target.select()}
      onClick={() => setOpen(true)}
      onBlur={leave}
      onChange={(event) => {
        setTyped(event.target.value);
        setOpen(true);
        setAt(-1);
        setError("");
      }}
      onKeyDown={onKeyDown}
    />
  );
  return (
    <div className={bare ? "nbt-combo nbt-combo-bare" : "nbt-field nbt-combo"}>
      {bare ? null : <label htmlFor={id}>{label}</label>}
      {field}
      <ul id={`${id}-list`} role="listbox" aria-label={label} className="nbt-combo-list" hidden={!open}>
        {open
          ? found.map((option, n) => (
              <Choice
                key={option.id}
                id={`${id}-${n}`}
                option={option}
                chosen={option.id === value}
                active={n === at}
                onChoose={() => void choose(option)}
              />
            ))
          : null}
        {open && found.length === 0 ? (
          <li role="presentation" className="nbt-combo-none">
            Nothing fits. Try other words.
          </li>
        ) : null}
        {open && more > 0 ? (
          <li role="presentation" className="nbt-combo-none">{`and ${more} more: type to narrow the list`}</li>
        ) : null}
      </ul>
      {notes}
    </div>
  );
}

interface ChoiceProps {
  id: string;
  option: Option;
  chosen: boolean;
  active: boolean;
  onChoose: () => void;
}

/** The focus stays in the field: pressing the mouse here must not take it away. Keys reach the choice through the field. */
function Choice({ id, option, chosen, active, onChoose }: ChoiceProps) {
  return (
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <li
      id={id}
      role="option"
      aria-selected={chosen}
      className="nbt-combo-option"
      data-active={active}
      ref={(item) => {
        if (active) item?.scrollIntoView?.({ block: "nearest" });
      }}
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onChoose}
    >
      <span className="nbt-combo-name">{option.name}</span>
      {option.what ? <span className="nbt-field-hint">{option.what}</span> : null}
    </li>
  );
}
