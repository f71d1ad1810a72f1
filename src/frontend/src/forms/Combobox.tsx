/** A field with a list that narrows as somebody types: the ARIA combobox with a list box, by Ariakit. */

import * as Ariakit from "@ariakit/react";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
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
  const [error, setError] = useState("");
  const sending = useRef<Id | null>(null);
  const store = Ariakit.useComboboxStore({ compositeElementInFocusOrder: false });
  const open = Ariakit.useStoreState(store, "open");
  const fit = fitting(options, typed ?? "");
  const found = fit.slice(0, SHOWN);
  const more = fit.length - found.length;
  const { attributes, notes } = describing(id, help, error);
  const onArrow = useOpeningByArrow(store);

  const close = (): void => {
    store.hide();
    store.setActiveId(null);
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
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.nativeEvent.isComposing) return; // the active option took it, or the input method
    if (event.key === "Enter") {
      event.preventDefault();
      const option = open && typed ? found[0] : undefined;
      if (option) void choose(option);
      else onEnter?.();
    } else if (event.key === "Escape" && (open || typed !== null)) {
      event.stopPropagation();
      close();
      setError("");
      setTyped(null);
    } else onArrow(event);
  };
  return (
    <div className={bare ? "nbt-combo nbt-combo-bare" : "nbt-field nbt-combo"}>
      {bare ? null : <label htmlFor={id}>{label}</label>}
      <Ariakit.Combobox
        store={store}
        id={id}
        className="nbt-input"
        setValueOnChange={false}
        setValueOnClick={false}
        {...attributes}
        {...(bare ? { "aria-label": label } : {})}
        {...(placeholder ? { placeholder } : {})}
        value={typed ?? options.find((option) => option.id === value)?.name ?? value}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={leave}
        onChange={(event) => {
          setTyped(event.target.value);
          setError("");
        }}
        onKeyDown={onKeyDown}
      />
      {open ? (
        <Ariakit.ComboboxList
          store={store}
          id={`${id}-list`}
          aria-label={label}
          className="nbt-combo-list"
          render={<ul />}
          onMouseDown={(event) => event.preventDefault()} // the focus stays in the field
          onKeyDown={(event) => event.stopPropagation()} // what the field hands on to the active option is no second key
        >
          {found.map((option) => (
            <Ariakit.ComboboxItem
              key={option.id}
              aria-selected={option.id === value}
              className="nbt-combo-option"
              render={<li />}
              onClick={() => void choose(option)}
            >
              <span className="nbt-combo-name">{option.name}</span>
              {option.what ? <span className="nbt-field-hint">{option.what}</span> : null}
            </Ariakit.ComboboxItem>
          ))}
          {found.length === 0 ? (
            <li role="presentation" className="nbt-combo-none">
              Nothing fits. Try other words.
            </li>
          ) : null}
          {more > 0 ? (
            <li role="presentation" className="nbt-combo-none">{`and ${more} more: type to narrow the list`}</li>
          ) : null}
        </Ariakit.ComboboxList>
      ) : null}
      {notes}
    </div>
  );
}

/** An arrow opens the list and goes to its first or last option at once; Ariakit alone would only open it. */
function useOpeningByArrow(store: Ariakit.ComboboxStore): (event: KeyboardEvent) => void {
  const pressed = useRef("");
  const items = Ariakit.useStoreState(store, "renderedItems");
  useEffect(() => {
    if (!pressed.current || items.length === 0) return;
    store.move(pressed.current === "ArrowDown" ? store.first() : store.last());
    pressed.current = "";
  }, [store, items]);
  return ({ key, altKey }) => {
    const opens = (key === "ArrowDown" || key === "ArrowUp") && !altKey && !store.getState().open;
    pressed.current = opens ? key : "";
  };
}
