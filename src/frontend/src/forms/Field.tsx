/** Fields that hand in what was typed on leaving and on Enter, and put back what was there on Escape. */

import { useId, useRef, type KeyboardEvent } from "react";
import { useDraft, type Commit } from "./draft";

interface Common {
  label: string;
  value: string;
  onCommit: Commit;
  /** Only the control is drawn, for a cell of a table; the label is still read aloud. */
  bare?: boolean;
  help?: string;
}

/** What hangs beneath a control: help and error, and the attributes that tie them to it. */
export function describing(id: string, help: string | undefined, error: string) {
  const ids = [help ? `${id}-help` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return {
    attributes: { ...(ids ? { "aria-describedby": ids } : {}), ...(error ? { "aria-invalid": true as const } : {}) },
    notes: (
      <>
        {help ? (
          <span className="nbt-field-hint" id={`${id}-help`}>
            {help}
          </span>
        ) : null}
        {error ? (
          <span className="nbt-field-error" id={`${id}-error`} role="alert">
            {error}
          </span>
        ) : null}
      </>
    ),
  };
}

export function Field(props: Common & { type?: "text" | "number" | "date"; lines?: number; placeholder?: string }) {
  const { label, value, onCommit, bare, help, type = "text", lines, placeholder } = props;
  const id = useId();
  const draft = useDraft(value, onCommit);
  const { attributes, notes } = describing(id, help, draft.error);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.nativeEvent.isComposing && (!lines || event.ctrlKey || event.metaKey))
      void draft.commit();
    if (event.key === "Escape" && draft.restore()) event.stopPropagation();
  };
  const control = {
    id,
    value: draft.text,
    onKeyDown,
    ...attributes,
    className: "nbt-input",
    ...(placeholder ? { placeholder } : {}),
    ...(bare ? { "aria-label": label } : {}),
    onChange: (event: { target: { value: string } }) => draft.type(event.target.value),
    onBlur: () => void draft.commit(true),
  };
  const drawn = lines ? <textarea rows={lines} {...control} /> : <input type={type} {...control} />;
  if (bare)
    return (
      <>
        {drawn}
        {notes}
      </>
    );
  return (
    <div className="nbt-field">
      <label htmlFor={id}>{label}</label>
      {drawn}
      {notes}
    </div>
  );
}

export interface Choice {
  value: string;
  label: string;
}

/**
 * A list to choose from. With the mouse a choice counts at once; with the keys it counts on Enter or on leaving, for
 * the arrow keys pass by every choice on their way.
 */
export function Select(props: Common & { choices: readonly Choice[]; mixed?: boolean }) {
  const { label, value, onCommit, bare, help, choices, mixed } = props;
  const id = useId();
  const byKeys = useRef(false);
  const draft = useDraft(mixed ? "\u0000" : value, onCommit);
  const { attributes, notes } = describing(id, help, draft.error);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") return void draft.commit();
    if (event.key === "Escape" && draft.restore()) return event.stopPropagation();
    if (event.key !== "Tab") byKeys.current = true;
  };
  const drawn = (
    <select
      id={id}
      className="nbt-input"
      value={draft.text}
      {...attributes}
      {...(bare ? { "aria-label": label } : {})}
      onPointerDown={() => {
        byKeys.current = false;
      }}
      onKeyDown={onKeyDown}
      onChange={(event) => {
        draft.type(event.target.value);
        if (!byKeys.current) void draft.commit();
      }}
      onBlur={() => {
        byKeys.current = false;
        void draft.commit(true);
      }}
    >
      {mixed ? (
        <option value={"\u0000"} disabled>
          They differ
        </option>
      ) : null}
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
    </select>
  );
  if (bare)
    return (
      <>
        {drawn}
        {notes}
      </>
    );
  return (
    <div className="nbt-field">
      <label htmlFor={id}>{label}</label>
      {drawn}
      {notes}
    </div>
  );
}
