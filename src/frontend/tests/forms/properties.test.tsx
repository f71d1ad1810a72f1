import { act, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Properties } from "../../src/forms/Properties";
import { settingOf } from "../../src/forms/ElementForm";
import { listenForKeys } from "../../src/shell/keyboard";
import { board, element, open, settle, shut, write, type Opened } from "../harness";

afterEach(shut);

const PREVIEW = { other: () => ({ text: "removes 3 of 7 findings", removes: [], opens: [], raises: [] }) };
const select = ({ store }: Opened, ...ids: string[]): void => act(() => store.actions.select(ids));
const group = (name: string | RegExp): HTMLElement => screen.getByRole("radiogroup", { name });

describe("properties", () => {
  it("are those of the system where nothing is selected", async () => {
    const { line } = await open(<Properties />);

    write(screen.getByRole("textbox", { name: "Owner" }), "Risk team", "Enter");
    await settle();

    expect(line.ops).toEqual([{ op: "change", ids: ["sys"], set: { owner: "Risk team" } }]);
  });

  it("of the system can be reached by selecting it, as its questions do", async () => {
    const opened = await open(<Properties />);
    select(opened, "sys");

    expect(screen.getByRole("heading", { name: "The system" })).toBeTruthy();
  });

  it("put back on Escape what was there, and send nothing", async () => {
    const { line } = await open(<Properties />);
    const owner = screen.getByRole("textbox", { name: "Owner" }) as HTMLInputElement;

    write(owner, "Typed by mistake", "Escape");
    fireEvent.blur(owner);
    await settle();

    expect(owner.value).toBe("Talent");
    expect(line.ops).toEqual([]);
  });

  it("send a text once, though Enter is followed by leaving", async () => {
    const { line } = await open(<Properties />);
    const owner = screen.getByRole("textbox", { name: "Owner" });

    write(owner, "Risk team", "Enter");
    fireEvent.blur(owner);
    await settle();

    expect(line.ops).toHaveLength(1);
  });

  it.each([
    [null, "vector-store", "vector-store"],
    ["vector-store", "", null],
  ])("say what else a part is: %s becomes %s", async (before, chosen, after) => {
    const opened = await open(
      <Properties />,
      board({ elements: { web: element("web", { also: before }) }, flows: {} }),
    );
    select(opened, "web");

    fireEvent.change(screen.getByRole("combobox", { name: "Also" }), { target: { value: chosen } });
    await settle();

    expect(opened.line.ops).toEqual([{ op: "change", ids: ["web"], set: { also: after } }]);
  });

  it("keep what was typed where it was refused, and say why beside it", async () => {
    const opened = await open(<Properties />, board(), { refuse: "That name is too long." });
    select(opened, "web");
    const name = screen.getByRole("textbox", { name: "Name" }) as HTMLInputElement;

    write(name, "Something else", "blur");
    await settle();
    expect(name.value).toBe("Something else");
    expect(name.getAttribute("aria-invalid")).toBe("true");
    expect(document.getElementById(name.getAttribute("aria-describedby") ?? "")?.textContent).toBe(
      "That name is too long.",
    );

    fireEvent.blur(name);
    await settle();
    expect(opened.line.ops).toHaveLength(1); // leaving again does not ask again
  });

  it("hand in what was typed when another thing is selected meanwhile", async () => {
    const opened = await open(<Properties />);
    select(opened, "web");
    fireEvent.change(screen.getByRole("textbox", { name: "Name" }), { target: { value: "Public web" } });

    select(opened, "screener");
    await settle();

    expect(opened.line.ops).toEqual([{ op: "change", ids: ["web"], set: { name: "Public web" } }]);
  });

  it("offer three answers, of which not known is one", async () => {
    const view = board();
    const opened = await open(<Properties />, {
      ...view,
      elements: { ...view.elements, web: element("web", { name: "Web", facts: { "online-learning": true } }) },
    });
    select(opened, "web");
    const answers = within(group("Does Web go on learning?"));
    expect((answers.getByRole("radio", { name: "Yes" }) as HTMLInputElement).checked).toBe(true);

    fireEvent.click(answers.getByRole("radio", { name: "Not known" }));
    await settle();

    expect(opened.line.ops).toEqual([{ op: "change", ids: ["web"], set: { facts: { "online-learning": null } } }]);
  });

  it("let arrow keys pass over answers without giving them", async () => {
    const opened = await open(<Properties />);
    select(opened, "web");
    const answers = within(group(/go on learning/));
    const unknown = answers.getByRole("radio", { name: "Not known" });
    unknown.focus();

    fireEvent.keyDown(unknown, { key: "ArrowLeft" });
    await settle();

    expect(document.activeElement).toBe(answers.getByRole("radio", { name: "No" }));
    expect(opened.line.ops).toEqual([]);
  });

  it("show what a control removes before it counts", async () => {
    const opened = await open(<Properties />, board(), PREVIEW);
    select(opened, "web");

    fireEvent.click(within(group(/looked at/)).getByRole("radio", { name: "Yes" }));
    await screen.findByText(/removes 3 of 7 findings/);
    expect(opened.line.ops).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Confirm" }));
    await settle();

    expect(opened.line.ops).toEqual([{ op: "change", ids: ["web"], set: { controls: { "input-filter": true } } }]);
  });

  it("take the technology from a list that narrows", async () => {
    const opened = await open(<Properties />);
    select(opened, "web");
    const field = screen.getByRole("combobox", { name: "Technology" });

    fireEvent.change(field, { target: { value: "vec" } });
    await settle();
    const list = within(screen.getByRole("listbox", { name: "Technology" }));
    expect(list.getAllByRole("option").map((option) => option.textContent)).toEqual([
      "Vector storeFinds text that is near.",
    ]);
    fireEvent.keyDown(field, { key: "ArrowDown" });
    await settle();
    expect(field.getAttribute("aria-activedescendant")).toBe(list.getByRole("option").id);
    fireEvent.keyDown(field, { key: "Enter" });
    await act(async () => {}); // the option is pressed before the next key or pointer event, as in a browser
    fireEvent.blur(field);
    await settle();

    expect(opened.line.ops).toEqual([{ op: "change", ids: ["web"], set: { technology: "vector-store" } }]);
  });

  it("open the list of technologies with an arrow, go round in it, and leave it with Escape", async () => {
    const opened = await open(<Properties />);
    select(opened, "web");
    const field = screen.getByRole("combobox", { name: "Technology" }) as HTMLInputElement;
    const before = field.value;
    const press = async (key: string): Promise<string | null | undefined> => {
      fireEvent.keyDown(field, { key });
      await settle();
      return document.getElementById(field.getAttribute("aria-activedescendant") ?? "")?.textContent;
    };
    act(() => field.focus());

    const first = await press("ArrowDown");
    const options = screen.getAllByRole("option").filter((option) => option.closest(".nbt-combo-list"));
    expect(first).toBe(options[0]?.textContent);
    expect(await press("ArrowUp")).toBe(options.at(-1)?.textContent);
    expect(await press("ArrowDown")).toBe(options[0]?.textContent);
    await press("Escape");

    expect(screen.queryByRole("listbox", { name: "Technology" })).toBeNull();
    expect(field.value).toBe(before);
    expect(opened.line.ops).toEqual([]);
  });

  it("leave Ctrl+Z to the field whose list is gone through", async () => {
    const opened = await open(<Properties />);
    select(opened, "web");
    const run = vi.spyOn(opened.store.actions, "run");
    const deaf = listenForKeys(document.body, opened.store);
    const field = screen.getByRole("combobox", { name: "Technology" });
    act(() => field.focus());
    fireEvent.keyDown(field, { key: "ArrowDown" });
    await settle();
    expect(field.getAttribute("aria-activedescendant")).toBeTruthy();

    fireEvent.keyDown(field, { key: "z", ctrlKey: true });
    expect(run).not.toHaveBeenCalled();
    fireEvent.keyDown(document.body, { key: "z", ctrlKey: true });
    expect(run).toHaveBeenCalledExactlyOnceWith({ name: "undo" });
    deaf();
  });

  it("know three kinds of what is held: not known, nothing, these", async () => {
    const opened = await open(<Properties />);
    select(opened, "web");
    const held = within(screen.getByRole("group", { name: "Assets that are kept here" }));
    expect((held.getByRole("radio", { name: "Not known" }) as HTMLInputElement).checked).toBe(true);

    fireEvent.click(held.getByRole("radio", { name: "Nothing" }));
    fireEvent.click(held.getByRole("radio", { name: "These:" }));
    fireEvent.click(held.getByRole("checkbox", { name: "CVs" }));
    await settle();

    expect(opened.line.ops.map((op) => (op.op === "change" ? op.set : op))).toEqual([
      { holds: [] },
      { holds: ["cvs"] },
    ]);
  });

  it("put an element into a boundary and at a place", async () => {
    const opened = await open(<Properties />);
    select(opened, "web");

    fireEvent.change(screen.getByRole("combobox", { name: "Trust boundary" }), { target: { value: "tenant" } });
    write(screen.getByRole("spinbutton", { name: "x" }), "120", "Enter");
    await settle();

    expect(opened.line.ops).toEqual([
      { op: "move", places: {}, into: { web: "tenant" } },
      { op: "move", places: { web: [120, 0] } },
    ]);
  });

  it("of a flow let it carry a new asset", async () => {
    const opened = await open(<Properties />);
    select(opened, "read");

    fireEvent.change(screen.getByRole("textbox", { name: "New asset" }), { target: { value: "Letters" } });
    fireEvent.submit(screen.getByRole("form", { name: "Add an asset" }));
    await settle();

    expect(opened.line.ops).toEqual([
      { op: "add", part: "assets", thing: { name: "Letters", kind: "document" } },
      { op: "change", ids: ["read"], set: { carries: ["made-1"] } },
    ]);
  });

  it("of several are what they share, changed in one step", async () => {
    const opened = await open(<Properties />);
    select(opened, "web", "screener");
    expect(screen.queryByRole("radiogroup", { name: /outsiders/i })).toBeNull(); // only one of them has it

    fireEvent.click(within(group(/go on learning/)).getByRole("radio", { name: "No" }));
    await settle();

    expect(opened.line.ops).toEqual([
      { op: "change", ids: ["web", "screener"], set: { facts: { "online-learning": false } } },
    ]);
  });

  it("of a boundary cannot put it inside itself", async () => {
    const opened = await open(<Properties />);
    select(opened, "tenant");

    const choices = within(screen.getByRole("combobox", { name: "Within" })).getAllByRole("option");
    expect(choices.map((option) => option.textContent)).toEqual(["In no boundary"]);
  });

  it("read settings as what they look like", () => {
    expect(["0.7", "true", "gpt", "007", "1e5"].map(settingOf)).toEqual([0.7, true, "gpt", "007", "1e5"]);
  });
});
