import { fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import type { PictureView } from "../../src/shell/protocol";
import { Start } from "../../src/forms/Start";
import { FIVE } from "../../src/forms/FiveQuestions";
import { board, open, settle, shut } from "../harness";

afterEach(shut);

const PICTURE: PictureView = {
  width: 400,
  height: 66,
  boxes: [
    [0, 0],
    [240, 0],
  ],
  lines: [[80, 33, 320, 33]],
  words: "A, B",
};
const STARTERS = ["rag-chatbot", "screener", "agent", "vision", "tuned-llm", "fraud"].map((id) => ({
  id,
  name: id,
  use: `For ${id}.`,
  elements: 5,
  flows: 1,
  picture: PICTURE,
}));
const view = (): ReturnType<typeof board> => {
  const empty = board();
  return { ...empty, status: { status: { ...empty.status.status, starters: STARTERS } } };
};

describe("start", () => {
  it("offers each starter by name, use and size, and a blank drawing", async () => {
    const { line } = await open(<Start />, view());
    const starter = screen.getByRole("button", { name: "agent" });
    expect(document.getElementById(starter.getAttribute("aria-describedby") ?? "")?.textContent).toBe(
      "For agent. 5 elements, 1 flow",
    );

    fireEvent.click(starter);
    fireEvent.click(screen.getByRole("button", { name: "Blank drawing" }));
    await settle();

    expect(line.ops).toEqual([
      { op: "begin", starter: "agent" },
      { op: "begin", starter: "blank" },
    ]);
  });

  it("opens pasted text, and keeps it with the fault where it was refused", async () => {
    const { line } = await open(<Start />, view(), { refuse: "the text:3: unknown technology 'vectorstore'." });
    const text = screen.getByRole("textbox", { name: "Or paste its text" }) as HTMLTextAreaElement;

    fireEvent.change(text, { target: { value: "nbthreat: 1\n" } });
    fireEvent.click(screen.getByRole("button", { name: "Open this text" }));
    await settle();

    expect(line.ops).toEqual([{ op: "begin", text: "nbthreat: 1\n" }]);
    expect(text.value).toBe("nbthreat: 1\n");
    expect(screen.getByRole("alert").textContent).toBe("the text:3: unknown technology 'vectorstore'.");
  });

  it("opens a file that was picked", async () => {
    const { line } = await open(<Start />, view());
    const file = new File(["id: chat\n"], "chat.yaml");

    fireEvent.change(screen.getByLabelText("System file"), { target: { files: [file] } });
    await settle();
    await settle();

    expect(line.ops).toEqual([{ op: "begin", text: "id: chat\n" }]);
  });

  it("asks five questions, all of which must be answered", async () => {
    const { line } = await open(<Start />, view());
    expect(FIVE).toHaveLength(5);
    fireEvent.click(screen.getByRole("radio", { name: "It classifies or scores" }));
    fireEvent.click(screen.getByRole("radio", { name: "From a public hub" }));
    fireEvent.click(screen.getByRole("radio", { name: "Our documents" }));
    fireEvent.click(screen.getByRole("radio", { name: "Suggest: a person acts" }));
    fireEvent.click(screen.getByRole("button", { name: "Draw it" }));
    expect(line.ops).toEqual([]);
    expect(screen.getByRole("alert").textContent).toBe("Still to answer: Does it go on learning from its users?");

    fireEvent.click(screen.getByRole("radio", { name: "Not known" }));
    fireEvent.click(screen.getByRole("button", { name: "Draw it" }));
    await settle();

    expect(line.ops).toEqual([
      {
        op: "begin",
        answers: { task: "score", model: "hub", reads: "documents", acts: "suggests", learns: "unknown" },
      },
    ]);
  });
});
