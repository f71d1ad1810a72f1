/** Keys pressed in a widget: none leaves it, and those that mean something here become commands. */

import { commandOf, whereIs, type Command } from "./keys";
import type { Store } from "./store";

export function listenForKeys(root: HTMLElement, store: Store): () => void {
  const press = (event: KeyboardEvent): void => {
    const command = event.defaultPrevented || event.isComposing ? null : asked(event, store);
    event.stopPropagation();
    if (!command) return;
    if (command.name !== "paste") event.preventDefault(); // what is on the clipboard is told only if the key goes on
    store.actions.run(command);
  };
  root.addEventListener("keydown", press);
  return () => root.removeEventListener("keydown", press);
}

function asked(event: KeyboardEvent, { ui }: Store): Command | null {
  const { connecting, singles, help } = ui.getState();
  if (!(event.target instanceof Element) || (help && event.key !== "?")) return null;
  return commandOf(event, whereIs(event.target, { connecting: connecting !== null, singles }));
}
