/** Keys pressed in a widget: none leaves it, and those that mean something here are done. */

import type { Desk } from "./uiState";
import { commandOf, whereIs, type Command } from "./keys";
import type { Store } from "./store";

export function listenForKeys(root: HTMLElement, store: Store, desk: Desk): () => void {
  const press = (event: KeyboardEvent): void => {
    const command = event.defaultPrevented || event.isComposing ? null : asked(event, desk);
    event.stopPropagation();
    if (!command) return;
    if (command.name !== "paste") event.preventDefault(); // what is on the clipboard is told only if the key goes on
    run(command, root, store, desk);
  };
  root.addEventListener("keydown", press);
  return () => root.removeEventListener("keydown", press);
}

function asked(event: KeyboardEvent, desk: Desk): Command | null {
  const { connecting, singles, help } = desk.getState();
  if (!(event.target instanceof Element) || (help && event.key !== "?")) return null;
  return commandOf(event, whereIs(event.target, { connecting: connecting !== null, singles }));
}

function run(command: Command, root: HTMLElement, store: Store, desk: Desk): void {
  const { actions } = store;
  switch (command.name) {
    case "save": return void actions.act({ op: "save" });
    case "undo":
    case "redo":
      desk.getState().canvas?.(command); // what the arrows moved goes first
      return void actions.act({ op: command.name });
    case "help": return desk.setState((now) => ({ help: !now.help }));
    case "table":
      return desk.setState((now) => ({ table: !now.table }));
    case "present": return desk.setState((now) => ({ present: !now.present }));
    case "search":
      desk.setState({ drawer: true });
      return later(() => root.querySelector<HTMLElement>(".nbt-palette-search")?.focus());
    case "palette":
      desk.setState({ drawer: true });
      return later(() => root.querySelector<HTMLElement>(".nbt-palette .nbt-part")?.focus());
    case "previousCard":
    case "nextCard":
    case "dismissCard":
      root.dispatchEvent(new CustomEvent("nbt-command", { detail: { command: command.name } }));
      return;
    default: return desk.getState().canvas?.(command);
  }
}

function later(what: () => void): void {
  requestAnimationFrame(what);
}
