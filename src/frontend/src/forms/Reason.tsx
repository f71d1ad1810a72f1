/** One line for a reason, where something is set aside: Enter hands it in, Escape leaves. */

import { useId, useState } from "react";
import { describing } from "./Field";
import { useFocusAtFirst } from "../shell/hooks";

interface Props {
  label: string;
  button: string;
  /** Hand the reason in; the answer is empty, or says why it was not taken. */
  onSubmit: (reason: string) => Promise<string>;
  onClose: () => void;
  start?: string;
}

export function Reason({ label, button, onSubmit, onClose, start = "" }: Props) {
  const id = useId();
  const [reason, setReason] = useState(start);
  const [error, setError] = useState("");
  const first = useFocusAtFirst<HTMLInputElement>();
  const { attributes, notes } = describing(id, undefined, error);
  const submit = async (): Promise<void> => {
    if (!reason.trim()) return setError("Give the reason in a few words: whoever reads the register will ask for it.");
    setError(await onSubmit(reason.trim()));
  };
  return (
    <form
      className="nbt-field nbt-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label htmlFor={id}>{label}</label>
      <input
        ref={first}
        id={id}
        value={reason}
        className="nbt-input"
        {...attributes}
        onChange={(event) => setReason(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            onClose();
          }
        }}
      />
      {notes}
      <div className="nbt-row">
        <button type="submit" className="nbt-button nbt-button-primary">
          {button}
        </button>
        <button type="button" className="nbt-button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
