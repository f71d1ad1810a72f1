import { fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { Journals } from "../../src/shell/Notices";
import type { JournalView, StatusView } from "../../src/shell/protocol";
import { board, open, settle, shut } from "../harness";

afterEach(shut);

const journal = (more: Partial<JournalView> = {}): JournalView => ({
  name: "chatbot.yaml.journal",
  why: "It was made on another machine.",
  readable: true,
  edits: 3,
  until: "2026-11-30T10:00:00",
  changes: ["add Screener"],
  decisions: 1,
  roles: ["Risk owner"],
  ...more,
});
const withJournals = (...journals: JournalView[]) => {
  const { status } = board();
  return board({ status: { status: { ...(status.status as StatusView), journals } } });
};

describe("journals from elsewhere", () => {
  it("say what they hold, and are taken in on request", async () => {
    const { line } = await open(<Journals />, withJournals(journal()));
    expect(screen.getByText("3 edits, the last at 2026-11-30T10:00:00; 1 decision, by Risk owner.")).toBeTruthy();
    expect(screen.getByText("add Screener")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Take in" }));
    await settle();
    expect(line.ops).toEqual([{ op: "take-journal", name: "chatbot.yaml.journal" }]);
  });

  it("are deleted only after a second look, and unread ones can only be deleted", async () => {
    const { line } = await open(<Journals />, withJournals(journal({ readable: false, changes: [], edits: 0 })));
    expect(screen.queryByRole("button", { name: "Take in" })).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Discard …" }));
    expect(line.ops).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "Delete it for good" }));
    await settle();
    expect(line.ops).toEqual([{ op: "drop-journal", name: "chatbot.yaml.journal" }]);
  });
});
