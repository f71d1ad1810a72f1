import { fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { History } from "../../src/register/History";
import { Principles } from "../../src/register/Principles";
import type { Question_ } from "../../src/shell/protocol";
import { board, open, settle, shut } from "../harness";

afterEach(shut);

const PRINCIPLE = {
  number: 3,
  title: "Evaluate the threats",
  satisfied: 2,
  notSatisfied: 1,
  inconclusive: 4,
  nothingDrawn: 0,
  notApplicable: 0,
  open: 3,
};
const answers = (ask: Question_): unknown => {
  if (ask.ask === "history")
    return {
      steps: [
        { name: "Delete Screener", by: "Ada", at: "2026-11-20T10:00:00", undone: true },
        { name: "Add Screener", by: "", at: "2026-11-20T09:00:00", undone: false },
      ],
    };
  if (ask.ask === "principle") {
    return {
      number: 3,
      title: PRINCIPLE.title,
      provisions: [
        {
          id: "3.1",
          modality: "shall",
          summary: "Model the threats.",
          verdict: "inconclusive",
          because: "no record",
          offers: ["no model is trained"],
        },
      ],
    };
  }
  return undefined;
};

describe("the principles", () => {
  const view = board({ principles: { "3": PRINCIPLE } });

  it("tell their counts in words, and never that a system is fine", async () => {
    const { root } = await open(<Principles />, view, { other: answers });

    expect(
      screen.getByRole("button", {
        name: "Principle 3, Evaluate the threats: 2 satisfied, 1 not satisfied, 4 inconclusive, 3 open findings",
      }),
    ).toBeTruthy();
    expect(root.textContent).not.toMatch(/complian|secure/i);
  });

  it("open to their provisions, one of which can be said not to apply, with a reason", async () => {
    const { line } = await open(<Principles />, view, { other: answers });
    fireEvent.click(screen.getByRole("button", { name: /Principle 3/ }));
    expect(await screen.findByText("Model the threats.")).toBeTruthy();
    expect(screen.getByText("Inconclusive")).toBeTruthy();

    fireEvent.click(screen.getByRole("button", { name: "3.1 does not apply here: no model is trained" }));
    const reason = screen.getByRole("textbox", { name: "Why 3.1 does not apply here" }) as HTMLInputElement;
    expect(reason.value).toBe("no model is trained");
    fireEvent.submit(reason.closest("form") as HTMLFormElement);
    await settle();

    expect(line.ops).toEqual([{ op: "exclude", provision: "3.1", reason: "no model is trained" }]);
  });
});

describe("the history", () => {
  it("tells what, who and when, and marks what was taken back", async () => {
    await open(<History />, board(), { other: answers });

    const steps = (await screen.findAllByRole("listitem")).map((item) => item.textContent);
    expect(steps[0]).toMatch(/^Delete Screenertaken back.*Ada, 20 Nov 2026/);
    expect(steps[1]).toMatch(/^Add Screener.*20 Nov 2026/);
  });

  it("goes back to a step by when it was made", async () => {
    const { line } = await open(<History />, board(), { other: answers });

    fireEvent.click(await screen.findByRole("button", { name: /^Back to: Add Screener, 20 Nov 2026/ }));
    await settle();

    expect(line.ops).toEqual([{ op: "restore", at: "2026-11-20T09:00:00" }]);
  });
});
