import { act, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { Register } from "../../src/register/Register";
import { deciding, missing, standing } from "../../src/register/decision";
import { ALL, fitting, placesOf, searchable, sorted } from "../../src/register/registerRows";
import type { Level, RegisterRow } from "../../src/shell/protocol";
import { board, open, settle, shut, type Opened } from "../harness";

afterEach(shut);

const row = (key: string, more: Partial<RegisterRow> = {}): RegisterRow => ({
  key,
  number: "",
  title: `Threat ${key.split("@")[0] ?? ""}`,
  subject: "Screener",
  state: "open",
  standing: "new",
  level: 4,
  current: 4,
  residual: null,
  treatment: "",
  owner: "",
  due: "",
  rationale: "",
  approver: "",
  expires: "",
  confidence: "",
  plan: "",
  cost: "",
  communicate: [],
  marking: "",
  ...more,
});
const DECIDED = row("a@screener", {
  number: "R-002",
  standing: "decided",
  treatment: "mitigate",
  owner: "Platform",
  due: "2027-03-01",
  rationale: "Filter comes in spring.",
  residual: { likelihood: 2, impact: 3, because: "A filter.", level: 2 },
  communicate: [{ to: "operator", text: "Watch it.", told: "2026-01-01" }],
});
const LINES = [
  DECIDED,
  row("b@web", { subject: "Web pages", level: 2, current: 2 }),
  row("c@web", { subject: "Web pages", level: 5, current: 5 }),
];

async function shown(rows: readonly RegisterRow[] = LINES, refuse?: string): Promise<Opened> {
  const opened = await open(<Register />, board(), {
    other: (ask) => (ask.ask === "register" ? { rows } : undefined),
    ...(refuse ? { refuse } : {}),
  });
  await screen.findByRole("grid");
  return opened;
}
const grid = (): HTMLElement => screen.getByRole("grid");
const keys = (): (string | undefined)[] =>
  [...grid().querySelectorAll<HTMLElement>("[data-line]")].map((line) => line.dataset["line"]);
const cell = (key: string, title: string): HTMLElement => {
  const column = within(grid()).getByRole("button", { name: title }).closest("th")?.dataset["column"];
  return grid().querySelector(`[data-line="${key}"] [data-column="${column ?? ""}"]`) as HTMLElement;
};
const focus = (element: HTMLElement): void => act(() => element.focus());
const at = (): string => (document.activeElement?.closest("tr") as HTMLElement | null)?.dataset["line"] ?? "header";
const press = (key: string, more: object = {}): void =>
  void fireEvent.keyDown(document.activeElement as Element, { key, ...more });

describe("lines of the register", () => {
  it("go by rank, not by letter, and what is empty comes last either way", () => {
    const rows = [
      row("a@x", { level: 5 }),
      row("b@x", { level: null }),
      row("c@x", { level: 1 }),
      row("d@x", { level: 4 }),
    ];

    expect(sorted(rows, { column: "level", down: false }).map(({ key }) => key)).toEqual(["c@x", "d@x", "a@x", "b@x"]);
    expect(sorted(rows, { column: "level", down: true }).map(({ key }) => key)).toEqual(["a@x", "d@x", "c@x", "b@x"]);
  });

  it("that an order does not tell apart stay as they were, either way", () => {
    const rows = Array.from({ length: 50 }, (_, n) => row(`t${n}@x`, { level: ((n % 2) + 1) as Level }));
    const high = rows.filter(({ level }) => level === 2);

    expect(sorted(rows, { column: "level", down: true }).slice(0, 25)).toEqual(high);
    expect(sorted(rows, { column: "level", down: false }).slice(25)).toEqual(high);
  });

  it("have numbers that count: R-1000 comes after R-999", () => {
    const rows = [row("a@x", { number: "R-1000" }), row("b@x", { number: "R-999" })];

    expect(sorted(rows, { column: "number", down: false }).map(({ number }) => number)).toEqual(["R-999", "R-1000"]);
  });

  it("are found by all of the words, wherever those stand, and by what is chosen", () => {
    const find = (filter: Partial<typeof ALL>, here: readonly string[] = []) =>
      fitting(LINES, LINES.map(searchable), { ...ALL, ...filter }, new Set(here)).map(({ key }) => key);

    expect(find({ words: "SPRING platform" })).toEqual(["a@screener"]);
    expect(find({ words: "spring web" })).toEqual([]);
    expect(find({ treatment: "none", level: "5" })).toEqual(["c@web"]);
    expect(find({ standing: "decided" })).toEqual(["a@screener"]);
    expect(find({ here: true }, ["web"])).toEqual(["b@web", "c@web"]);
  });

  it("name the things they are at, and none that is not drawn", () => {
    expect(placesOf(["a@screener", "b@web", "c@web", "d@vendor/model"], board())).toEqual(["screener", "web"]);
  });
});

describe("a decision", () => {
  const from = standing(DECIDED);
  const same = { treatment: "mitigate", owner: "Platform", rationale: "Filter comes in spring.", due: "2027-03-01" };

  it("leaves out what nobody changed, so that it stays as it was", () => {
    expect(deciding(from.decision, from)).toEqual(same);
  });

  it("says what was changed, and takes out what was emptied", () => {
    const decision = {
      ...from.decision,
      likelihood: "",
      impact: "",
      because: "",
      cost: "M",
      marking: "TLP:RED",
      user: "Ask twice.",
    };

    expect(deciding(decision, from)).toEqual({
      ...same,
      cost: "M",
      marking: "TLP:RED",
      clear: ["residual"],
      communicate: [
        { to: "operator", text: "Watch it.", told: "2026-01-01" },
        { to: "end-user", text: "Ask twice." },
      ],
    });
  });

  it("that is told in other words has to be told again", () => {
    expect(deciding({ ...from.decision, operator: "Watch it daily." }, from).communicate).toEqual([
      { to: "operator", text: "Watch it daily." },
    ]);
  });

  it("to accept lacks who and until when, and half a rating is none", () => {
    const lacking = missing({ ...from.decision, treatment: "accept", impact: "" });

    expect(Object.keys(lacking)).toEqual(["approver", "expires", "likelihood"]);
  });
});

describe("the register", () => {
  it("says how many of how many lines are shown, and which are not decided", async () => {
    await shown();
    expect(screen.getByText("3 of 3 lines shown, 2 not decided")).toBeTruthy();

    fireEvent.change(screen.getByRole("combobox", { name: "Current level" }), { target: { value: "5" } });
    expect(screen.getByText("1 of 3 lines shown, 2 not decided")).toBeTruthy();
    expect(keys()).toEqual(["c@web"]);

    fireEvent.click(screen.getByRole("button", { name: "Show all lines" }));
    expect(keys()).toEqual(["a@screener", "b@web", "c@web"]);
  });

  it("is sorted by its headings, which say how", async () => {
    await shown();
    const heading = within(grid()).getByRole("button", { name: "Current" });

    fireEvent.click(heading);
    expect(keys()).toEqual(["b@web", "a@screener", "c@web"]);
    expect(heading.closest("th")?.getAttribute("aria-sort")).toBe("ascending");
    fireEvent.click(heading);
    expect(heading.closest("th")?.getAttribute("aria-sort")).toBe("descending");
    expect(grid().querySelectorAll("[aria-sort]")).toHaveLength(1);
  });

  it("has one cell that Tab reaches, and arrows go from there", async () => {
    await shown();
    expect(grid().querySelectorAll('[tabindex="0"]')).toHaveLength(1);
    focus(cell("a@screener", "Finding"));

    press("ArrowDown");
    expect(at()).toBe("b@web");
    press("End");
    expect(document.activeElement?.textContent).toBe("Decide");
    press("Home", { ctrlKey: true });
    expect([at(), document.activeElement?.getAttribute("aria-label")]).toEqual([
      "a@screener",
      "Select Threat a at Screener",
    ]);
    press("ArrowUp");
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Select all lines shown");
    expect(grid().querySelectorAll('[tabindex="0"]')).toHaveLength(1);
  });

  it("is edited in place: Enter opens, Enter keeps and goes down", async () => {
    const { line } = await shown();
    focus(cell("a@screener", "Who sees to it"));
    press("Enter");
    const field = screen.getByRole("textbox", { name: "Who sees to it, Threat a at Screener" }) as HTMLInputElement;
    expect([document.activeElement, field.value]).toEqual([field, "Platform"]);

    fireEvent.change(field, { target: { value: "Search team" } });
    press("Enter");
    expect(at()).toBe("b@web");
    expect(cell("a@screener", "Who sees to it").textContent).toBe("Search team");
    await settle();
    expect(line.ops).toEqual([
      {
        op: "decide",
        key: "a@screener",
        treatment: "mitigate",
        owner: "Search team",
        rationale: "Filter comes in spring.",
        due: "2027-03-01",
      },
    ]);
  });

  it("leaves a cell as it was on Escape, and sends nothing where nothing changed", async () => {
    const { line } = await shown();
    focus(cell("a@screener", "Why"));
    press("F2");
    fireEvent.change(document.activeElement as Element, { target: { value: "Other." } });
    press("Escape");
    expect([at(), cell("a@screener", "Why").textContent]).toEqual(["a@screener", "Filter comes in spring."]);
    press("F2");
    press("Enter");
    await settle();
    expect(line.ops).toEqual([]);
  });

  it("keeps cells of a line as a draft until they make a decision, and says what is needed", async () => {
    const { line } = await shown();
    const write = (title: string, value: string): void => {
      focus(cell("b@web", title));
      press("Enter");
      fireEvent.change(document.activeElement as Element, { target: { value } });
      press("Enter");
    };
    write("Treatment", "avoid");
    expect(
      screen.getByText("✎ 1 line not kept yet. Threat b at Web pages: still needed: who sees to it, why"),
    ).toBeTruthy();
    write("Who sees to it", "Web team");
    await settle();
    expect(line.ops).toEqual([]);
    write("Why", "Switched off.");
    await settle();
    expect(line.ops).toEqual([
      { op: "decide", key: "b@web", treatment: "avoid", owner: "Web team", rationale: "Switched off." },
    ]);
  });

  it("keeps what was refused where it was typed, with the reason, until Escape drops it", async () => {
    await shown(LINES, "A role, not a person.");
    focus(cell("a@screener", "Who sees to it"));
    press("Enter");
    fireEvent.change(document.activeElement as Element, { target: { value: "Ann" } });
    press("Enter");
    await settle();
    expect(screen.getByText("✎ 1 line not kept yet. Threat a at Screener: A role, not a person.")).toBeTruthy();

    focus(cell("a@screener", "Who sees to it"));
    press("Escape");
    expect(cell("a@screener", "Who sees to it").textContent).toBe("Platform");
  });

  it("rates what remains in one cell", async () => {
    const { line } = await shown();
    focus(cell("a@screener", "Residual"));
    press("Enter");
    fireEvent.change(screen.getByRole("combobox", { name: /how likely/ }), { target: { value: "1" } });
    press("Enter");
    await settle();
    expect(line.ops[0]).toMatchObject({ residual: { likelihood: 1, impact: 3, because: "A filter." } });
  });

  it("lets nobody edit what is set aside or gone", async () => {
    const { line } = await shown([
      row("a@web", { standing: "set aside", rationale: "Not here." }),
      row("b@web", { standing: "no longer found", state: "" }),
    ]);
    focus(cell("a@web", "Why"));
    expect(document.activeElement?.getAttribute("aria-readonly")).toBe("true");
    press("Enter");
    expect(screen.getByRole("form", { name: "Decide about Threat a at Screener" })).toBeTruthy();
    expect((screen.getByRole("textbox", { name: "Why" }) as HTMLInputElement).value).toBe("");
    expect(line.ops).toEqual([]);
  });

  it("selects by Space, by Shift with arrows, and all that is shown", async () => {
    const { store } = await shown();
    focus(cell("b@web", "Finding"));
    press(" ");
    expect(screen.getByText("1 line selected")).toBeTruthy();
    expect(store.getState().selection).toEqual(["web"]);
    press("ArrowDown", { shiftKey: true });
    expect(screen.getByText("2 lines selected")).toBeTruthy();
    press("ArrowUp", { shiftKey: true });
    expect(screen.getByText("1 line selected")).toBeTruthy();

    fireEvent.click(screen.getByRole("checkbox", { name: "Select all lines shown" }));
    expect(screen.getByText("3 lines selected")).toBeTruthy();
    fireEvent.change(screen.getByRole("searchbox"), { target: { value: "spring" } });
    expect(screen.getByText("3 lines selected, 2 of them not shown")).toBeTruthy();
  });

  it("decides about several in one operation: under one number, or each on its own", async () => {
    const { line } = await shown();
    const decide = async (way: RegExp): Promise<void> => {
      fireEvent.click(screen.getByRole("checkbox", { name: "Select Threat b at Web pages" }));
      fireEvent.click(screen.getByRole("checkbox", { name: "Select Threat c at Web pages" }));
      fireEvent.click(screen.getByRole("button", { name: "Decide about 2 together …" }));
      const form = within(screen.getByRole("form", { name: "Decide about 2 lines together" }));
      fireEvent.click(form.getByRole("radio", { name: /^Avoid/ }));
      fireEvent.change(form.getByRole("textbox", { name: /Who sees to it/ }), { target: { value: "Web team" } });
      fireEvent.change(form.getByRole("textbox", { name: "Why" }), { target: { value: "Off." } });
      fireEvent.click(form.getByRole("radio", { name: way }));
      fireEvent.click(form.getByRole("button", { name: /^Keep the decision/ }));
      await settle();
    };
    await decide(/^One decision about all 2/);
    await decide(/^2 decisions in the same words/);

    const said = { op: "decide", treatment: "avoid", owner: "Web team", rationale: "Off." };
    expect(line.ops).toEqual([
      { ...said, key: "b@web", keys: ["c@web"] },
      { op: "each", keys: ["b@web", "c@web"], do: said },
    ]);
    expect(screen.queryByRole("group", { name: "What is selected" })).toBeNull();
  });

  it("sets several aside with a reason, and takes back those that were decided", async () => {
    const { line } = await shown();
    fireEvent.click(screen.getByRole("checkbox", { name: "Select all lines shown" }));
    fireEvent.click(screen.getByRole("button", { name: "Not here …" }));
    const reason = screen.getByRole("textbox", { name: "Why these 3 do not apply here" });
    fireEvent.change(reason, { target: { value: "No strangers." } });
    fireEvent.submit(reason.closest("form") as HTMLFormElement);
    await settle();
    fireEvent.click(screen.getByRole("checkbox", { name: "Select all lines shown" }));
    fireEvent.click(screen.getByRole("button", { name: "Take back 1 of them" }));
    await settle();

    expect(line.ops).toEqual([
      { op: "each", keys: LINES.map(({ key }) => key), do: { op: "dismiss", reason: "No strangers." } },
      { op: "each", keys: ["a@screener"], do: { op: "reopen" } },
    ]);
  });

  it("draws only lines near what is seen, and tells of each which it is", async () => {
    await shown(Array.from({ length: 2_000 }, (_, n) => row(`t${n}@screener`)));

    expect(keys().length).toBeLessThan(60);
    expect(grid().getAttribute("aria-rowcount")).toBe("2001");
    focus(cell("t0@screener", "Finding"));
    press("End", { ctrlKey: true });
    expect(at()).toBe("t1999@screener");
    expect(document.activeElement?.closest("tr")?.getAttribute("aria-rowindex")).toBe("2001");
  });

  it("tells that others are decided with it", async () => {
    await shown([DECIDED, { ...DECIDED, key: "b@web", subject: "Web pages" }]);
    fireEvent.click(screen.getByRole("button", { name: "Decide about Threat a at Screener" }));

    expect(screen.getByText("R-002 is about 1 other line too: what you say here is said of all.")).toBeTruthy();
  });

  it("is read again after an operation, and notes a review", async () => {
    const { line } = await shown();
    const status = board().status.status;
    line.tell({
      type: "change",
      base: 1,
      revision: 2,
      set: { status: { status: { ...status, matched: 2 } } },
      unset: {},
      orders: {},
    });
    await settle();
    expect(line.asked("register")).toHaveLength(2);

    fireEvent.click(screen.getByRole("button", { name: "Mark as reviewed" }));
    await settle();
    expect(line.ops).toEqual([{ op: "review" }]);
  });
});
