import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { Cards } from "../../src/cards/Cards";
import type { Store } from "../../src/shell/store";
import type { CardsAnswer, Question_ } from "../../src/shell/protocol";
import { board, card, firstPage, open, settle, shut } from "../harness";

afterEach(shut);

const TWO: CardsAnswer = {
  cards: [card("a@screener"), card("b@screener", { path: [] })],
  total: 2,
  hidden: 0,
  why: "",
  skip: 0,
};
const preview = (ask: Question_): unknown =>
  ask.ask === "preview"
    ? { text: "removes 3 of 7 findings", removes: ["x", "y", "z"], opens: [], raises: [] }
    : ask.ask === "why"
      ? { lines: ["it applies", "  because of a path"] }
      : undefined;
const command = (store: Store, name: "nextCard" | "previousCard" | "dismissCard"): void => {
  act(() => store.actions.run({ name }));
};

describe("cards", () => {
  it("say how many there are, and what each is, in words", async () => {
    await open(<Cards />, board(), { cards: TWO });

    expect(screen.getByText("3 open, 12 possible, 2 to clarify").getAttribute("role")).toBe("status");
    const first = screen.getByRole("article", { name: "Threat a@screener" });
    expect(within(first).getByText("Open")).toBeTruthy();
    expect(within(first).getByText("H")).toBeTruthy();
    expect(within(first).getByText("High")).toBeTruthy();
    expect(within(first).getByText("web can be written by outsiders")).toBeTruthy();
  });

  it("light their path when chosen and list it in words, and put it out when chosen again", async () => {
    const { store } = await open(<Cards />, board(), { cards: TWO });
    const title = screen.getByRole("button", { name: "Threat a@screener" });

    fireEvent.click(title);
    expect(store.getState().lit).toEqual({ key: "a@screener", path: ["web", "read", "screener"] });
    expect(screen.getByRole("article", { name: "Threat a@screener" }).getAttribute("aria-current")).toBe("true");
    expect(screen.getByText("Seen: A mail sent data out. (CVE-2025-32711)").tagName).toBe("P");
    const steps = within(screen.getByRole("list", { name: "The path, step by step" })).getAllByRole("listitem");
    expect(steps.map((step) => step.textContent)).toEqual(["Web pages", "by read", "Screener"]);
    expect(screen.getByText("Only operators write it.")).toBeTruthy();

    fireEvent.click(title);
    expect(store.getState().lit).toBeNull();
  });

  it("light their subject where there is no path", async () => {
    const { store } = await open(<Cards />, board(), { cards: TWO });

    fireEvent.click(screen.getByRole("button", { name: "Threat b@screener" }));

    expect(store.getState().lit?.path).toEqual(["screener"]);
  });

  it("go on and back by the board's commands, with the focus", async () => {
    const { store } = await open(<Cards />, board(), { cards: TWO });

    command(store, "nextCard");
    command(store, "nextCard");
    expect(store.getState().lit?.key).toBe("b@screener");
    expect(document.activeElement?.textContent).toBe("Threat b@screener");
    command(store, "previousCard");
    expect(store.getState().lit?.key).toBe("a@screener");
  });

  it("are set aside with one key and a reason", async () => {
    const { line, store } = await open(<Cards />, board(), { cards: TWO });
    fireEvent.click(screen.getByRole("button", { name: "Threat a@screener" }));

    command(store, "dismissCard");
    const field = await screen.findByRole("textbox", { name: "Why it does not apply here" });
    await waitFor(() => expect(document.activeElement).toBe(field));
    fireEvent.change(field, { target: { value: "Only our team writes there." } });
    fireEvent.submit(field.closest("form") as HTMLFormElement);
    await settle();

    expect(line.ops).toEqual([{ op: "dismiss", key: "a@screener", reason: "Only our team writes there." }]);
  });

  it("open the reason on n, which is not typed into it", async () => {
    await open(<Cards />, board(), { cards: TWO });

    const typed = fireEvent.keyDown(screen.getByRole("button", { name: "Threat a@screener" }), { key: "n" });

    expect(typed).toBe(false); // its default was prevented
    expect(screen.getByRole("textbox", { name: "Why it does not apply here" })).toBeTruthy();
  });

  it("keep the reason that was refused, and say why", async () => {
    const { line } = await open(<Cards />, board(), { cards: TWO, refuse: "The finding is gone." });
    fireEvent.click(screen.getAllByRole("button", { name: "Not applicable" })[0] as HTMLElement);
    const field = screen.getByRole("textbox", { name: "Why it does not apply here" }) as HTMLInputElement;
    fireEvent.submit(field.closest("form") as HTMLFormElement);
    expect(line.ops).toEqual([]); // a reason is needed
    fireEvent.change(field, { target: { value: "Because." } });
    fireEvent.submit(field.closest("form") as HTMLFormElement);
    await settle();

    expect(field.value).toBe("Because.");
    expect(document.getElementById(field.getAttribute("aria-describedby") ?? "")?.textContent).toBe(
      "The finding is gone.",
    );
  });

  it("show what a control would remove before it is confirmed", async () => {
    const { line } = await open(<Cards />, board(), { cards: TWO, other: preview });
    fireEvent.click(screen.getByRole("button", { name: "Threat a@screener" }));

    fireEvent.click(screen.getByRole("button", { name: "Add Input filter at Screener …" }));
    await screen.findByText(/removes 3 of 7 findings/);
    const change = { op: "change", ids: ["screener"], set: { controls: { "input-filter": true } } };
    expect(line.asked("preview")).toEqual([{ ask: "preview", op: change }]);
    expect(line.ops).toEqual([]);

    fireEvent.click(screen.getByRole("button", { name: "Confirm" }));
    await settle();
    expect(line.ops).toEqual([change]);
  });

  it("change nothing where the preview is cancelled", async () => {
    const { line } = await open(<Cards />, board(), { cards: TWO, other: preview });
    fireEvent.click(screen.getByRole("button", { name: "Threat a@screener" }));
    fireEvent.click(screen.getByRole("button", { name: "Add Input filter at Screener …" }));
    await screen.findByText(/removes 3 of 7/);

    fireEvent.click(screen.getByRole("button", { name: "Cancel" }));

    expect(line.ops).toEqual([]);
    expect(screen.queryByText(/removes 3 of 7/)).toBeNull();
  });

  it("tell why as Python tells it", async () => {
    await open(<Cards />, board(), { cards: TWO, other: preview });

    fireEvent.click(screen.getAllByRole("button", { name: "Why" })[0] as HTMLElement);

    expect((await screen.findByText(/it applies/)).textContent).toBe("it applies\n  because of a path");
  });

  it("ask for an approver and an end before a risk is accepted", async () => {
    const { line } = await open(<Cards />, board(), { cards: TWO });
    fireEvent.click(screen.getAllByRole("button", { name: "Decide" })[0] as HTMLElement);
    fireEvent.click(screen.getByRole("radio", { name: /Accept/ }));
    fireEvent.change(screen.getByRole("textbox", { name: /Who sees to it/ }), { target: { value: "Platform team" } });
    fireEvent.change(screen.getByRole("textbox", { name: "Why" }), { target: { value: "Small." } });
    fireEvent.click(screen.getByRole("button", { name: "Keep the decision" }));
    expect(line.ops).toEqual([]);
    expect(screen.getByText("Name the role that accepts the risk.")).toBeTruthy();

    fireEvent.change(screen.getByRole("textbox", { name: /Who accepts/ }), { target: { value: "CISO" } });
    fireEvent.change(screen.getByLabelText("Until when"), { target: { value: "2027-01-31" } });
    fireEvent.click(screen.getByRole("button", { name: "Keep the decision" }));
    await settle();
    expect(line.ops).toEqual([
      {
        op: "decide",
        key: "a@screener",
        treatment: "accept",
        owner: "Platform team",
        rationale: "Small.",
        approver: "CISO",
        expires: "2027-01-31",
      },
    ]);
  });

  it("offer to take back what was decided", async () => {
    const cards = {
      ...TWO,
      cards: [card("a@screener", { standing: "set aside", decision: "Set aside by Ada: nobody writes there." })],
    };
    const { line } = await open(<Cards />, board(), { cards });

    expect(screen.getByText("Set aside by Ada: nobody writes there.")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Take back" }));
    await settle();

    expect(line.ops).toEqual([{ op: "reopen", key: "a@screener" }]);
  });

  it("are twelve at most, with how many are hidden and why, and one click to the next", async () => {
    const { line } = await open(<Cards />, board(), { cards: firstPage });

    expect(screen.getAllByRole("article")).toHaveLength(12);
    expect(screen.getByText("12 of 37 shown, the worst of each threat first; 25 more")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Next" }));

    expect(line.asked("cards").at(-1)).toMatchObject({ skip: 12 });
    await settle();
  });

  it("are narrowed by state and by words", async () => {
    const { line } = await open(<Cards />, board(), { cards: TWO });

    fireEvent.click(screen.getByRole("button", { name: "Possible" }));
    expect(line.asked("cards").at(-1)).toMatchObject({ states: ["possible"], skip: 0 });
    fireEvent.change(screen.getByRole("searchbox"), { target: { value: "prompt" } });
    await waitFor(() => expect(line.asked("cards").at(-1)).toMatchObject({ filter: "prompt" }));
    await settle();
  });

  it("leave no path alight whose finding is gone from the list", async () => {
    const { store } = await open(<Cards />, board(), { cards: TWO });

    act(() => store.actions.light({ key: "gone@screener", path: ["screener"] }));

    expect(store.getState().lit).toBeNull();
  });
});
