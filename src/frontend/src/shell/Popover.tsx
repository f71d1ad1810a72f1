import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { Icon, type IconName } from "./icons";

/** A button of the tool bar that opens a few choices beneath it; Esc and leaving shut them. */
export function Popover({ icon, name, children }: { icon: IconName; name: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const shut = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !open) return;
    event.preventDefault();
    setOpen(false);
    opener.current?.focus();
  };
  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- Esc shuts it from anywhere inside
    <div
      className="nbt-pop"
      onKeyDown={shut}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}
    >
      <button
        ref={opener}
        type="button"
        className="nbt-button nbt-button-quiet"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name={icon} />
        {name}
      </button>
      {open && (
        <div className="nbt-pop-body" role="group" aria-label={name}>
          {children}
        </div>
      )}
    </div>
  );
}
