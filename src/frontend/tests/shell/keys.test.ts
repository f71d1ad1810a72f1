import { describe, expect, test } from "vitest";
import { commandOf, whereIs, type Pressed, type Where } from "../../src/shell/keys";

const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});
const canvas: Where = { typing: false, choosing: false, canvas: true, thing: true, connecting: false, singles: true };
const panel: Where = { ...canvas, canvas: false, thing: false };

describe("keys on the drawing", () => {
  test.each([
    ["Delete", "remove"],
    ["Backspace", "remove"],
    ["F2", "rename"],
    ["Enter", "rename"],
    [" ", "toggle"],
    ["c", "connect"],
    ["b", "boundary"],
    ["Escape", "escape"],
    ["/", "search"],
    ["?", "help"],
    ["t", "table"],
    ["[", "previousCard"],
  ])("%s is %s", (key, name) => expect(commandOf(press(key), canvas)).toEqual({ name }));

  test.each([
    ["a", "all"],
    ["c", "copy"],
    ["x", "cut"],
    ["v", "paste"],
    ["d", "duplicate"],
    ["z", "undo"],
    ["y", "redo"],
  ])("Ctrl+%s and Cmd+%s do the same", (key, name) => {
    expect(commandOf(press(key, { ctrlKey: true }), canvas)).toEqual({ name });
    expect(commandOf(press(key, { metaKey: true }), canvas)).toEqual({ name });
  });

  test("Shift makes redo of undo, and small steps of arrows", () => {
    expect(commandOf(press("Z", { ctrlKey: true, shiftKey: true }), canvas)).toEqual({ name: "redo" });
    expect(commandOf(press("ArrowLeft"), canvas)).toEqual({ name: "nudge", dx: -10, dy: 0 });
    expect(commandOf(press("ArrowDown", { shiftKey: true }), canvas)).toEqual({ name: "nudge", dx: 0, dy: 1 });
  });

  test("while connecting, arrows aim and Enter connects", () => {
    const connecting = { ...canvas, connecting: true };
    expect(commandOf(press("ArrowUp"), connecting)).toEqual({ name: "aim", dx: 0, dy: -1 });
    expect(commandOf(press("Enter"), connecting)).toEqual({ name: "connectHere" });
  });

  test("Enter with nothing in focus is nobody's, and Alt is the browser's", () => {
    expect(commandOf(press("Enter"), { ...canvas, thing: false })).toBeNull();
    expect(commandOf(press("c", { altKey: true }), canvas)).toBeNull();
  });
});

describe("keys beside the drawing", () => {
  test("nothing of the drawing can be removed, moved or copied from a panel", () => {
    for (const key of ["Delete", "Backspace", "ArrowUp", "Enter", " ", "c", "b", "Escape"])
      expect(commandOf(press(key), panel)).toBeNull();
    for (const key of ["a", "c", "v", "x", "d"]) expect(commandOf(press(key, { ctrlKey: true }), panel)).toBeNull();
  });

  test("undo works everywhere but in a text, which has its own", () => {
    expect(commandOf(press("z", { ctrlKey: true }), panel)).toEqual({ name: "undo" });
    expect(commandOf(press("z", { ctrlKey: true }), { ...panel, choosing: true })).toEqual({ name: "undo" });
    expect(commandOf(press("z", { ctrlKey: true }), { ...panel, typing: true })).toBeNull();
  });

  test("letters typed into a field are letters", () => {
    for (const key of ["a", "n", "t", "/", "?", "Delete"]) {
      expect(commandOf(press(key), { ...canvas, typing: true })).toBeNull();
      expect(commandOf(press(key), { ...canvas, choosing: true })).toBeNull();
    }
  });

  test("keys without Ctrl can be switched off; Delete, arrows and Esc stay", () => {
    const off = { ...canvas, singles: false };
    for (const key of ["c", "b", "n", "t", "p", "?", "/", "[", "0"]) expect(commandOf(press(key), off)).toBeNull();
    expect(commandOf(press("Delete"), off)).toEqual({ name: "remove" });
    expect(commandOf(press("Escape"), off)).toEqual({ name: "escape" });
  });
});

test("where the focus is, is read from the element", () => {
  document.body.replaceChildren(
    document.createRange().createContextualFragment(`
    <div class="nbt-canvas"><div class="react-flow__node" id="node"><input id="rename"></div></div>
    <select id="choice"></select><input type="checkbox" id="tick"><button id="button"></button>`),
  );
  const at = (id: string): Where =>
    whereIs(document.getElementById(id) as Element, { connecting: false, singles: true });
  expect(at("node")).toMatchObject({ canvas: true, thing: true, typing: false });
  expect(at("rename")).toMatchObject({ canvas: true, thing: false, typing: true });
  expect(at("choice")).toMatchObject({ canvas: false, typing: false, choosing: true });
  expect(at("tick")).toMatchObject({ typing: false, choosing: false });
  expect(at("button")).toMatchObject({ canvas: false, typing: false, choosing: false });
});
