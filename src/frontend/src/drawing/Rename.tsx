import { useEffect, useRef, type KeyboardEvent } from "react";
import type { Id } from "../shell/protocol";
import { useActions, useUiStore } from "../shell/store";

/** A name being written in its place: Enter keeps it, Esc leaves it as it was. */
export function Rename({ id, name, what }: { id: Id; name: string; what: string }) {
  const { act } = useActions();
  const ui = useUiStore();
  const field = useRef<HTMLInputElement>(null);
  const ended = useRef(false);

  useEffect(() => {
    field.current?.focus({ preventScroll: true });
    field.current?.select();
  }, []);

  const end = (keep: boolean, refocus: boolean): void => {
    if (ended.current) return;
    ended.current = true;
    const written = field.current?.value.trim() ?? name;
    if (keep && written !== name) void act({ op: "change", ids: [id], set: { name: written } });
    const home = refocus ? field.current?.closest<HTMLElement>(".nbt-canvas") : null;
    if (ui.getState().editing === id) ui.setState({ editing: null });
    if (home) requestAnimationFrame(() => focusThing(home, id));
  };

  const press = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    end(event.key === "Enter", true);
  };

  return (
    <input
      ref={field}
      className="nbt-rename nodrag nopan nokey"
      defaultValue={name}
      aria-label={`Name of ${what}`}
      placeholder="Name"
      spellCheck={false}
      maxLength={200}
      onKeyDown={press}
      onBlur={() => end(true, false)}
    />
  );
}

/** Bring the focus to a thing of the drawing, or to the drawing where it is not there. */
export function focusThing(within: Element, id: Id): void {
  const thing = within.querySelector<HTMLElement>(
    `:is(.react-flow__node, .react-flow__edge)[data-id="${CSS.escape(id)}"]`,
  );
  const canvas = within.closest<HTMLElement>(".nbt-canvas") ?? within.querySelector<HTMLElement>(".nbt-canvas");
  (thing ?? canvas)?.focus({ preventScroll: true });
}
