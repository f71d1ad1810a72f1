import { fireEvent, screen, within } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { Questions } from "../../src/questions/Questions";
import { board, element, open, question, settle, shut } from "../harness";

afterEach(shut);

describe("questions", () => {
  it("say before what each answer would change, and are answered in one click", async () => {
    const { line, store } = await open(<Questions />, board({ questions: { q: question("q") } }));
    expect(screen.getByText("Ask: operator")).toBeTruthy();
    const no = screen.getByRole("button", { name: "No" });
    expect(document.getElementById(no.getAttribute("aria-describedby") ?? "")?.textContent).toBe("settles 2 findings");

    fireEvent.click(no);
    await settle();

    expect(line.ops).toEqual([{ op: "change", ids: ["screener"], set: { facts: { "online-learning": false } } }]);
    expect(store.getState().notice).toMatchObject({ undo: true });
  });

  it("say how many findings they settle while the effects are being worked out", async () => {
    await open(<Questions />, board({ questions: { q: question("q", { effects: { yes: "", no: "" }, settles: 3 }) } }));

    expect(screen.getAllByText("settles 3 findings")).toHaveLength(2);
  });

  it("show not known as an answer like the others", async () => {
    await open(<Questions />, board({ questions: { q: question("q") } }));

    const pressed = ["Yes", "No", "Not known"].map((name) =>
      screen.getByRole("button", { name }).getAttribute("aria-pressed"),
    );
    expect(pressed).toEqual(["false", "false", "true"]);
  });

  it("about a control are answered as a control", async () => {
    const { line } = await open(
      <Questions />,
      board({ questions: { q: question("q", { kind: "control", name: "input-filter" }) } }),
    );

    fireEvent.click(screen.getByRole("button", { name: "Yes" }));
    await settle();

    expect(line.ops).toEqual([{ op: "change", ids: ["screener"], set: { controls: { "input-filter": true } } }]);
  });

  it("about several can be answered one by one", async () => {
    const { line } = await open(
      <Questions />,
      board({ questions: { q: question("q", { subjects: ["web", "screener"] }) } }),
    );

    const row = screen.getByRole("group", { name: "Web pages" });
    fireEvent.click(within(row).getByText("Yes"));
    await settle();

    expect(line.ops).toEqual([{ op: "change", ids: ["web"], set: { facts: { "online-learning": true } } }]);
  });

  it("that are not yes or no lead to where it is said", async () => {
    const { store } = await open(
      <Questions />,
      board({ questions: { q: question("q", { kind: "technology", subjects: ["web"] }) } }),
    );

    fireEvent.click(screen.getByRole("button", { name: "Say what it is …" }));

    expect(store.getState().selection).toEqual(["web"]);
    expect(store.ui.getState().panel).toBe("properties");
  });

  it("are twelve at first", async () => {
    const many = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`q${n}`, question(`q${n}`)]));
    await open(<Questions />, board({ questions: many }));

    expect(screen.getAllByRole("article")).toHaveLength(12);
    fireEvent.click(screen.getByRole("button", { name: "3 more" }));
    expect(screen.getAllByRole("article")).toHaveLength(15);
  });

  it("hand the focus on when one is gone", async () => {
    const both = { a: question("a"), b: question("b") };
    const { line } = await open(<Questions />, board({ questions: both }));
    screen.getAllByRole("button", { name: "Yes" })[0]?.focus();

    line.tell({
      type: "change",
      base: 1,
      revision: 2,
      set: {},
      unset: { questions: ["a"] },
      orders: { questions: ["b"] },
    });

    expect(screen.getByRole("article").contains(document.activeElement)).toBe(true);
  });

  it("show text as text", async () => {
    const view = board({
      elements: { screener: element("screener", { name: "<img src=x onerror=alert(1)>" }) },
      questions: { q: question("q") },
    });
    const { root } = await open(<Questions />, view);

    expect(root.querySelector("img")).toBeNull();
    expect(screen.getByRole("button", { name: "<img src=x onerror=alert(1)>" })).toBeTruthy();
  });
});
