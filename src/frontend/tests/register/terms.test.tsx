import { fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { RegisterTerms } from "../../src/register/RegisterTerms";
import { board, open, settle, shut } from "../harness";

afterEach(shut);

const SAID = {
  tolerance: {
    appetite: 2,
    tolerance: 3,
    statement: "As little as the service allows.",
    by: "Risk owner",
    on: "2026-01-01",
  },
  schedule: { next: "2027-05-01", triggers: ["model"], by: "", on: "2026-01-01" },
  reviewed: null,
} as const;
const NOTHING = { tolerance: null, schedule: null, reviewed: null };
const change = (label: RegExp, value: string): void =>
  void fireEvent.change(screen.getByLabelText(label), { target: { value } });

describe("the terms of the register", () => {
  it("say that nobody said, rather than something", async () => {
    await open(<RegisterTerms said={NOTHING} />);
    expect(screen.getByText("Risk tolerance: nobody said. Next review: no date. Not reviewed yet.")).toBeTruthy();
  });

  it("take a tolerance with both levels and a statement, in one operation", async () => {
    const { line } = await open(<RegisterTerms said={NOTHING} />);
    fireEvent.click(screen.getByRole("button", { name: "Keep risk tolerance", hidden: true }));
    expect(screen.getByText(/^Choose both levels/)).toBeTruthy();
    change(/^Risk appetite/, "4");
    change(/^Risk tolerance:/, "2");
    fireEvent.click(screen.getByRole("button", { name: "Keep risk tolerance", hidden: true }));
    expect(screen.getByText(/at least the appetite/)).toBeTruthy();
    expect(line.ops).toEqual([]);
    change(/^Risk appetite/, "2");
    change(/^Statement/, " Only what can be put right. ");
    fireEvent.click(screen.getByRole("button", { name: "Keep risk tolerance", hidden: true }));
    await settle();
    expect(line.ops).toEqual([
      { op: "tolerance", appetite: 2, tolerance: 2, statement: "Only what can be put right." },
    ]);
  });

  it("take a date for the next review, and keep what asks for one before", async () => {
    const { line } = await open(<RegisterTerms said={SAID} />);
    change(/^Next review/, "2027-08-01");
    fireEvent.click(screen.getByLabelText("an incident happens"));
    fireEvent.click(screen.getByRole("button", { name: "Keep review", hidden: true }));
    await settle();
    expect(line.ops).toEqual([{ op: "schedule", next: "2027-08-01", triggers: ["model", "incident"] }]);
  });

  it("say beside the form why they were refused", async () => {
    await open(<RegisterTerms said={SAID} />, board(), { refuse: "The date is past." });
    fireEvent.click(screen.getByRole("button", { name: "Keep review", hidden: true }));
    await settle();
    expect(screen.getByText("The date is past.")).toBeTruthy();
  });
});
