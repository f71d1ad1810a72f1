/** Keys pressed in a widget: none leaves it, and those that mean something here are done. */

import type { UiStore } from "./uiState";
import { commandOf, whereIs, type Command } from "./keys";
import type { Store } from "./store";

export function listenForKeys(root: HTMLElement, store: Store, ui: UiStore): () => void {
  const press = (event: KeyboardEvent): void => {
    const command = event.defaultPrevented || event.isComposing ? null : asked(event, ui);
    event.stopPropagation();
    if (!command) return;
    if (command.name !== "paste") event.preventDefault(); // what is on the clipboard is told only if the key goes on
    run(command, root, store, ui);
  };
  root.addEventListener("keydown", press);
  return () => root.removeEventListener("keydown", press);
}

function asked(event: KeyboardEvent, ui: UiStore): Command | null {
  const { connecting, singles, help } = ui.getState();
  if (!(event.target instanceof Element) || (help && event.key !== "?")) return null;
  return commandOf(event, whereIs(event.target, { connecting: connecting !== null, singles }));
}

function run(command: Command, root: HTMLElement, store: Store, ui: UiStore): void {
  const { actions } = store;
  switch (command.name) {
    case "save": return void actions.act({ op: "save" });
    case "undo":
    case "redo":
      ui.getState().canvas?.(command); // what the arrows moved goes first
      return void actions.act({ op: command.name });
    case "help": return ui.setState((now) => ({ help: !now.help }));
    case "table":
      return ui.setState((now) => ({ table: !now.table }));
    case "present": return ui.setState((now) => ({ present: !now.present }));
    case "search":
      ui.setState({ drawer: true });
      return later(() => root.querySelector<HTMLElement>(".nbt-palette-search")?.focus());
    case "palette":
      ui.setState({ drawer: true });
      return later(() => root.querySelector<HTMLElement>(".nbt-palette .nbt-part")?.focus());
    case "previousCard":
    case "nextCard":
    case "dismissCard":
      root.dispatchEvent(new CustomEvent("nbt-command", { detail: { command: command.name } }));
      return;
    default: return ui.getState().canvas?.(command);
  }
}

function later(what: () => void): void {
  requestAnimationFrame(what);
}
