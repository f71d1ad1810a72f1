/** Keys: which key means what, and where. Nothing is done here. */

export type Name =
  | "undo"
  | "redo"
  | "save"
  | "remove"
  | "copy"
  | "cut"
  | "paste"
  | "duplicate"
  | "all"
  | "rename"
  | "toggle"
  | "connect"
  | "connectHere"
  | "boundary"
  | "escape"
  | "zoomIn"
  | "zoomOut"
  | "fit"
  | "search"
  | "palette"
  | "help"
  | "table"
  | "present"
  | "minimap"
  | "drawer"
  | "previousCard"
  | "nextCard"
  | "dismissCard";
export type Panel = "cards" | "questions" | "properties" | "register" | "history";
export type Command =
  { name: Name } | { name: "nudge" | "aim"; dx: number; dy: number } | { name: "show"; panel: Panel };

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

export interface Where {
  /** In a field for text, which has its own undo, copy and letters. */
  typing: boolean;
  /** In a list or another control that letters and arrows belong to. */
  choosing: boolean;
  /** On the drawing or something in it. */
  canvas: boolean;
  /** On one element, flow or boundary of it. */
  thing: boolean;
  connecting: boolean;
  /** Whether keys without Ctrl are switched on. */
  singles: boolean;
}

const STEP = 10;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const WITH_CTRL_ON_CANVAS: Readonly<Record<string, Name>> = {
  a: "all",
  c: "copy",
  x: "cut",
  v: "paste",
  d: "duplicate",
};
const SINGLE: Readonly<Record<string, Name>> = {
  "/": "search",
  "?": "help",
  a: "palette",
  t: "table",
  p: "present",
  "[": "previousCard",
  "]": "nextCard",
  n: "dismissCard",
};
const SINGLE_ON_CANVAS: Readonly<Record<string, Name>> = {
  c: "connect",
  b: "boundary",
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
  "0": "fit",
};

/** Return what a key asks for, or null where it is somebody else's. */
export function commandOf(pressed: Pressed, where: Where): Command | null {
  if (pressed.altKey) return null;
  if (pressed.ctrlKey || pressed.metaKey) return withCtrl(pressed, where);
  if (where.typing || where.choosing) return null;
  return (where.canvas ? onCanvas(pressed, where) : null) ?? single(pressed, where);
}

function withCtrl({ key, shiftKey }: Pressed, where: Where): Command | null {
  const letter = key.toLowerCase();
  if (letter === "s" && !shiftKey) return { name: "save" };
  if (where.typing) return null;
  if (letter === "z") return { name: shiftKey ? "redo" : "undo" };
  if (letter === "y" && !shiftKey) return { name: "redo" };
  const name = where.canvas && !shiftKey ? WITH_CTRL_ON_CANVAS[letter] : undefined;
  return name ? { name } : null;
}

function onCanvas({ key, shiftKey }: Pressed, where: Where): Command | null {
  const arrow = ARROWS[key];
  if (arrow) {
    const length = where.connecting || shiftKey ? 1 : STEP;
    return { name: where.connecting ? "aim" : "nudge", dx: arrow[0] * length, dy: arrow[1] * length };
  }
  if (key === "Escape") return { name: "escape" };
  if (key === "Delete" || key === "Backspace") return { name: "remove" };
  if (key === "Enter" && where.connecting) return { name: "connectHere" };
  if (key === "F2" || (key === "Enter" && where.thing)) return { name: "rename" };
  if (key === " " && where.thing) return { name: "toggle" };
  return null;
}

function single({ key }: Pressed, where: Where): Command | null {
  if (!where.singles) return null;
  const letter = key.length === 1 ? key.toLowerCase() : key;
  const name = SINGLE[letter] ?? (where.canvas ? SINGLE_ON_CANVAS[letter] : undefined);
  return name ? { name } : null;
}

const TEXT_TYPES = new Set(["text", "search", "email", "url", "tel", "password", "number", "date", ""]);

/** Return where in the widget the focus is. */
export function whereIs(target: Element, state: { connecting: boolean; singles: boolean }): Where {
  const field = target.closest("input, textarea, select, [contenteditable='true']");
  const type = field?.getAttribute("type") ?? "";
  return {
    typing:
      target.closest("[role='option']") !== null || // the field of a combobox hands its keys on to the active option
      (field !== null &&
        (field.matches("textarea, [contenteditable]") || (field.matches("input") && TEXT_TYPES.has(type)))),
    choosing: field?.matches("select, input[type='radio']") ?? false,
    canvas: target.closest(".nbt-canvas") !== null,
    thing: target.matches(".react-flow__node, .react-flow__edge"),
    ...state,
  };
}
