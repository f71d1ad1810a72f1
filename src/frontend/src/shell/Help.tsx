import { useEffect, useRef } from "react";
import { setSingles } from "./uiState";
import { Icon } from "./icons";
import { useUi, useUiStore } from "./store";

const KEYS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    "Draw",
    [
      ["/", "find a part, Enter adds it"],
      ["a", "go to the parts"],
      ["c", "connect: from here, or the two selected"],
      ["b", "boundary round the selection"],
      ["Enter, F2", "rename"],
      ["Delete", "remove"],
    ],
  ],
  [
    "Select and move",
    [
      ["Tab", "go from one thing to the next"],
      ["Space", "add to the selection"],
      ["Shift + drag", "select with a box"],
      ["Ctrl + click", "select several"],
      ["Arrows", "move by 10, with Shift by 1"],
      ["Drag an end", "take a selected flow elsewhere"],
      ["Esc", "one step out"],
    ],
  ],
  [
    "Work",
    [
      ["Ctrl + Z", "undo"],
      ["Shift + Ctrl + Z", "redo"],
      ["Ctrl + C, X, V", "copy, cut, paste"],
      ["Ctrl + D", "duplicate"],
      ["Ctrl + A", "select everything"],
      ["Ctrl + S", "save now"],
    ],
  ],
  [
    "Look",
    [
      ["[  ]", "previous, next card"],
      ["n", "this card does not apply"],
      ["t", "table"],
      ["p", "present"],
      ["+  -  0", "zoom, show everything"],
      ["?", "this sheet"],
    ],
  ],
];

/** The sheet of keys. On a Mac, Cmd does what Ctrl does. */
export function Help() {
  const open = useUi((state) => state.help);
  return open ? <Sheet /> : null;
}

function Sheet() {
  const ui = useUiStore();
  const singles = useUi((state) => state.singles);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = (dialog.current?.getRootNode() as Document | ShadowRoot).activeElement as HTMLElement | null;
    const sheet = dialog.current;
    sheet?.showModal?.();
    return () => {
      sheet?.close?.();
      before?.focus?.({ preventScroll: true });
    };
  }, []);
  const close = (): void => ui.setState({ help: false });
  return (
    <dialog
      ref={dialog}
      className="nbt-help"
      aria-labelledby="nbt-help-title"
      onClose={close}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <header className="nbt-row">
        <h2 id="nbt-help-title" className="nbt-grow">
          Keys
        </h2>
        <button
          type="button"
          className="nbt-button nbt-button-quiet nbt-button-icon"
          aria-label="Close"
          onClick={close}
        >
          <Icon name="close" />
        </button>
      </header>
      <div className="nbt-help-groups">
        {KEYS.map(([title, keys]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    <kbd className="nbt-kbd">{key}</kbd>
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="nbt-soft nbt-small">
        Keys work only while the focus is in the drawing or the panels beside it, never in a notebook cell. On a Mac,
        Cmd does what Ctrl does. The table of elements and flows does everything the drawing does.
      </p>
      <label className="nbt-check">
        <input type="checkbox" checked={singles} onChange={(event) => setSingles(ui, event.target.checked)} />
        <span>Keys without Ctrl, such as c and /, do something</span>
      </label>
    </dialog>
  );
}
