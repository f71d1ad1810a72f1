import { act, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { Table } from "../../src/table/Table";
import { board, card, element, open, settle, shut, write } from "../harness";

afterEach(shut);

const button = (name: string | RegExp): HTMLElement => screen.getByRole("button", { name });
const choose = (name: string, typed: string): void => {
  const field = screen.getByRole("combobox", { name });
  fireEvent.change(field, { target: { value: typed } });
  fireEvent.keyDown(field, { key: "Enter" });
};

describe("the table twin", () => {
  it("renames, moves, and puts into boundaries, row by row", async () => {
    const { line } = await open(<Table />);

    write(screen.getByRole("textbox", { name: "Name of Web pages" }), "Public web", "blur");
    choose("Technology of Web pages", "vector");
    fireEvent.change(screen.getByRole("combobox", { name: "Trust boundary of Web pages" }), {
      target: { value: "tenant" },
    });
    write(screen.getByRole("spinbutton", { name: "y of Screener" }), "90", "Enter");
    await settle();

    expect(line.ops).toEqual([
      { op: "change", ids: ["web"], set: { name: "Public web" } },
      { op: "change", ids: ["web"], set: { technology: "vector-store" } },
      { op: "move", places: {}, into: { web: "tenant" } },
      { op: "move", places: { screener: [240, 90] } },
    ]);
  });

  it("adds with a name, a technology and Enter, and keeps both where it was refused", async () => {
    const { line } = await open(<Table />, board(), { refuse: "There are too many." });
    const name = screen.getByRole("textbox", { name: "Name of a new element" }) as HTMLInputElement;
    fireEvent.change(name, { target: { value: "Index" } });
    fireEvent.keyDown(name, { key: "Enter" });
    expect(line.ops).toEqual([]); // what it is must be said
    choose("Technology of a new element", "vector");
    await settle();
    fireEvent.keyDown(screen.getByRole("combobox", { name: "Technology of a new element" }), { key: "Enter" });
    await settle();

    expect(line.ops).toEqual([{ op: "add", part: "elements", thing: { name: "Index", technology: "vector-store" } }]);
    expect(name.value).toBe("Index");
    expect(screen.getByText("There are too many.")).toBeTruthy();
  });

  it("empties the last row once something was added", async () => {
    const { line } = await open(<Table />);
    const name = screen.getByRole("textbox", { name: "Name of a new element" }) as HTMLInputElement;
    fireEvent.change(name, { target: { value: "Index" } });
    choose("Technology of a new element", "vector");
    await settle();
    fireEvent.keyDown(name, { key: "Enter" });
    await settle();

    expect(line.ops).toHaveLength(1);
    expect(name.value).toBe("");
  });

  it("connects: by a row of the flows, and by two selected elements", async () => {
    const { line, store } = await open(<Table />);
    act(() => store.actions.select(["screener", "web"]));
    fireEvent.click(button("Connect Screener to Web pages"));
    fireEvent.click(screen.getByRole("tab", { name: /Flows/ }));
    choose("Where a new flow comes from", "web");
    choose("Where a new flow goes to", "screener");
    await settle();
    fireEvent.click(button("Add flow"));
    await settle();

    expect(line.ops).toEqual([
      { op: "add", part: "flows", thing: { source: "screener", target: "web" } },
      { op: "add", part: "flows", thing: { source: "web", target: "screener" } },
    ]);
  });

  it("changes what a flow carries and its ends", async () => {
    const { line } = await open(<Table />);
    fireEvent.click(screen.getByRole("tab", { name: /Flows/ }));
    fireEvent.click(button("read carries: not known"));
    fireEvent.click(screen.getByRole("radio", { name: "These:" }));
    fireEvent.click(screen.getByRole("checkbox", { name: "CVs" }));
    choose("Where read comes from", "screener");
    await settle();

    expect(line.ops).toEqual([
      { op: "change", ids: ["read"], set: { carries: ["cvs"] } },
      { op: "change", ids: ["read"], set: { source: "screener" } },
    ]);
  });

  it("deletes without asking, and offers to undo", async () => {
    const { line, store } = await open(<Table />);

    fireEvent.click(button("Delete Screener"));
    await settle();

    expect(line.ops).toEqual([{ op: "remove", ids: ["screener"] }]);
    expect(store.getState().notice).toMatchObject({ undo: true });
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("copies an element as the view gives it, and a flow alone", async () => {
    const { line } = await open(<Table />);
    fireEvent.click(button("Copy Screener"));
    fireEvent.click(screen.getByRole("tab", { name: /Flows/ }));
    fireEvent.click(button("Copy read"));
    await settle();

    expect(line.ops[0]).toMatchObject({
      op: "paste",
      elements: [{ id: "screener", technology: "vector-store" }],
      flows: [],
    });
    expect(line.ops[1]).toMatchObject({ op: "paste", flows: [{ id: "read", source: "web", target: "screener" }] });
  });

  it("selects by its boxes, and acts on what is selected", async () => {
    const { line, store } = await open(<Table />);
    fireEvent.click(screen.getByRole("checkbox", { name: "Select Web pages" }));
    fireEvent.click(screen.getByRole("checkbox", { name: "Select Screener" }));
    expect(store.getState().selection).toEqual(["web", "screener"]);

    fireEvent.change(screen.getByRole("combobox", { name: "Line up what is selected" }), { target: { value: "left" } });
    fireEvent.change(screen.getByRole("combobox", { name: "Put what is selected into a boundary" }), {
      target: { value: "tenant" },
    });
    fireEvent.click(button("Copy selected"));
    fireEvent.click(button("Delete selected"));
    await settle();

    expect(line.ops).toMatchObject([
      { op: "align", ids: ["web", "screener"], how: "left" },
      { op: "move", places: {}, into: { web: "tenant", screener: "tenant" } },
      { op: "paste", elements: [{ id: "web" }, { id: "screener" }], flows: [{ id: "read" }] },
      { op: "remove", ids: ["web", "screener"] },
    ]);
  });

  it("undoes, by the name of the step", async () => {
    const { line } = await open(<Table />);
    expect(button("Redo").getAttribute("aria-disabled")).toBe("true");

    fireEvent.click(button("Undo: delete Vector store"));
    await settle();

    expect(line.ops).toEqual([{ op: "undo" }]);
  });

  it("decides about the findings of what is selected", async () => {
    const { line, store } = await open(<Table />, board(), {
      cards: { cards: [card("a@screener")], total: 1, hidden: 0, why: "", skip: 0 },
    });
    fireEvent.click(button("● 2 open, ◐ 1 possible, ? 1 to clarify: findings at Screener"));
    expect(store.getState().selection).toEqual(["screener"]);

    fireEvent.click(button("Decide: Threat a@screener"));
    fireEvent.click(screen.getByRole("radio", { name: /Mitigate/ }));
    fireEvent.change(screen.getByRole("textbox", { name: /Who sees to it/ }), { target: { value: "Platform" } });
    fireEvent.change(screen.getByRole("textbox", { name: "Why" }), { target: { value: "Soon." } });
    fireEvent.click(button("Keep the decision"));
    await settle();

    expect(line.ops).toEqual([
      { op: "decide", key: "a@screener", treatment: "mitigate", owner: "Platform", rationale: "Soon." },
    ]);
  });

  it("adds and changes boundaries and assets", async () => {
    const { line } = await open(<Table />);
    fireEvent.click(screen.getByRole("tab", { name: /Boundaries/ }));
    const name = screen.getByRole("textbox", { name: "Name of a new boundary" });
    fireEvent.change(name, { target: { value: "Vendor" } });
    fireEvent.keyDown(name, { key: "Enter" });
    fireEvent.change(screen.getByRole("combobox", { name: "Trust of Our tenant" }), { target: { value: "high" } });
    write(screen.getByRole("spinbutton", { name: "x of Our tenant" }), "300", "Enter");
    await settle();
    fireEvent.click(screen.getByRole("tab", { name: /Assets/ }));
    fireEvent.change(screen.getByRole("combobox", { name: /about people/ }), { target: { value: "no" } });
    await settle();

    expect(line.ops).toEqual([
      { op: "add", part: "boundaries", thing: { name: "Vendor" } },
      { op: "change", ids: ["tenant"], set: { trust: "high" } },
      { op: "move", places: { tenant: [300, 50] } },
      { op: "change", ids: ["cvs"], set: { personal: false } },
    ]);
  });

  it("says what is wrong with a place that is no number", async () => {
    const { line } = await open(<Table />);

    write(screen.getByRole("spinbutton", { name: "x of Screener" }), "", "Enter");
    await settle();

    expect(line.ops).toEqual([]);
    expect(screen.getByText(/A place is a number of pixels/)).toBeTruthy();
  });

  it("goes from row to row in a column by Alt and an arrow", async () => {
    await open(<Table />);
    const first = screen.getByRole("textbox", { name: "Name of Web pages" });
    first.focus();

    fireEvent.keyDown(first, { key: "ArrowDown", altKey: true });

    expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "Name of Screener" }));
  });

  it("shows large drawings a hundred rows at a time", async () => {
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`e${n}`, element(`e${n}`)]));
    await open(<Table />, board({ elements: many, flows: {} }));
    const rows = (): number => within(screen.getByRole("table")).getAllByRole("row").length - 2; // without head and last
    expect(rows()).toBe(100);
    expect(screen.getByText("Rows 1 to 100 of 250")).toBeTruthy();

    fireEvent.click(button("Next rows"));
    fireEvent.click(button("Next rows"));

    expect(rows()).toBe(50);
  });

  it("is a table to a screen reader, with its columns and rows named", async () => {
    await open(<Table />);
    const columns = screen.getAllByRole("columnheader").map((header) => header.textContent);

    expect(columns.slice(1)).toEqual([
      "Name",
      "Technology",
      "Trust boundary",
      "Holds",
      "x",
      "y",
      "Findings",
      "Actions",
    ]);
    expect(screen.getByRole("table", { name: "Elements: 2" })).toBeTruthy();
    expect(screen.getAllByRole("rowheader")).toHaveLength(3);
  });
});
