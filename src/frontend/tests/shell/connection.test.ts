import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { changed, openStore } from "../../src/shell/store";
import { Connection, page, Refused } from "../../src/shell/connection";
import type { Manager } from "../../src/shell/kernel";
import { silentWords } from "../../src/shell/saving";
import { Fake } from "../fake";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the line", () => {
  test("an operation without an answer is sent again, the same, and told as lost", async () => {
    const fake = new Fake();
    const told: [number, boolean][] = [];
    const line = new Connection(
      fake,
      () => undefined,
      (waiting, lost) => told.push([waiting, lost]),
    );
    fake.answers = false;
    const done = line.do({ op: "save" });
    await vi.advanceTimersByTimeAsync(6_500);
    const sent = fake.heard.filter(({ type }) => type === "do");
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    expect(told.at(-1)).toEqual([1, true]);
    fake.answers = true;
    await vi.advanceTimersByTimeAsync(6_000);
    await expect(done).resolves.toMatchObject({ revision: 2 });
    expect(told.at(-1)).toEqual([0, false]);
    line.close();
  });

  test("what is asked or greeted without an answer is told as lost too, and sent again", async () => {
    const fake = new Fake();
    fake.answers = false;
    const told: [number, boolean][] = [];
    const line = new Connection(
      fake,
      () => undefined,
      (waiting, lost) => told.push([waiting, lost]),
    );
    void line.ask({ ask: "history" });
    await vi.advanceTimersByTimeAsync(6_500);
    expect(fake.heard.map(({ type }) => type)).toEqual(["hello", "ask", "hello", "ask"]);
    expect(told.at(-1)).toEqual([0, true]);
    fake.answers = true;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(told.at(-1)).toEqual([0, false]);
    line.close();
  });

  test("a refusal says why", async () => {
    const line = new Connection(
      new Fake({ refuse: () => "There is no such element." }),
      () => undefined,
      () => undefined,
    );
    const done = line.do({ op: "remove", ids: ["x"] });
    const refusal = expect(done).rejects.toEqual(new Refused("There is no such element."));
    await vi.advanceTimersByTimeAsync(50);
    await refusal;
    line.close();
  });

  test("answers for other pages are not heard", async () => {
    const fake = new Fake();
    const heard = vi.fn();
    const line = new Connection(fake, heard, () => undefined);
    fake.tell({ type: "done", page: `not ${page}`, id: "1", revision: 1, made: [], name: "" });
    expect(heard).not.toHaveBeenCalled();
    line.close();
  });
});

describe("the store", () => {
  test("a change keeps the identity of what it does not name", () => {
    const { view } = new Fake();
    const renamed = { ...view.elements["assistant"], name: "Helper" };
    const after = changed(view, {
      type: "change",
      base: 1,
      revision: 2,
      set: { elements: { assistant: renamed } },
      unset: { flows: ["send"] },
      orders: {},
    });
    expect(after.elements["assistant"]).toBe(renamed);
    expect(after.elements["customers"]).toBe(view.elements["customers"]);
    expect(after.boundaries).toBe(view.boundaries);
    expect(after.flows).not.toHaveProperty("send");
    expect(view.flows).toHaveProperty("send");
  });

  test("a change that does not follow on the last one asks for everything anew", async () => {
    const fake = new Fake();
    const store = openStore(fake);
    await vi.advanceTimersByTimeAsync(50);
    fake.tell({ type: "change", base: 7, revision: 8, set: {}, unset: {}, orders: {} });
    expect(fake.heard.filter(({ type }) => type === "hello")).toHaveLength(2);
    store.actions.close();
  });

  test("cards that come with a change are shown at once, and none are asked for", async () => {
    const fake = new Fake();
    const store = openStore(fake);
    await vi.advanceTimersByTimeAsync(50);
    const none = { cards: [], total: 0, hidden: 0, why: "", skip: 0 };
    fake.tell({
      type: "change",
      base: 1,
      revision: 2,
      set: {},
      unset: {},
      orders: {},
      cards: { [page]: none, other: { ...none, total: 1 } },
    });
    expect(store.getState().cards).toEqual(none);
    fake.tell({ type: "change", base: 2, revision: 3, set: {}, unset: {}, orders: {} });
    expect(fake.heard.filter(({ type }) => type === "ask")).toEqual([]);
    store.actions.close();
  });

  test("cards of a change are not shown for what was chosen meanwhile, which is asked for again", async () => {
    const fake = new Fake();
    const store = openStore(fake);
    await vi.advanceTimersByTimeAsync(50);
    const before = store.getState().cards;
    store.actions.select(["assistant"]);
    fake.tell({
      type: "change",
      base: 1,
      revision: 2,
      set: {},
      unset: {},
      orders: {},
      cards: { [page]: { cards: [], total: 0, hidden: 0, why: "", skip: 0 } },
    });
    expect(store.getState().cards).toBe(before);
    await vi.advanceTimersByTimeAsync(50);
    expect(fake.heard.filter(({ type }) => type === "ask")).toHaveLength(2);
    store.actions.close();
  });

  test("a refusal becomes a notice, and what was selected and is gone is selected no more", async () => {
    const fake = new Fake({ refuse: (op) => (op.op === "tidy" ? "Not now." : undefined) });
    const store = openStore(fake);
    await vi.advanceTimersByTimeAsync(50);
    void store.actions.act({ op: "tidy" });
    store.actions.select(["assistant", "customers"]);
    void store.actions.act({ op: "remove", ids: ["assistant"] });
    await vi.advanceTimersByTimeAsync(50);
    expect(store.getState().notice).toMatchObject({ text: "Not now.", kind: "refused" });
    expect(store.getState().selection).toEqual(["customers"]);
    store.actions.close();
  });
});

/** A kernel as JupyterLab gives it: a status and messages that can be listened to. */
function kernelOf(): {
  kernel: NonNullable<Manager["kernel"]>;
  says(status: string): void;
  sends(session: string): void;
} {
  type Slot = (sender: unknown, args: never) => void;
  const signal = (): { slots: Set<Slot>; connect(slot: Slot): boolean; disconnect(slot: Slot): boolean } => {
    const slots = new Set<Slot>();
    return { slots, connect: (slot) => slots.add(slot).size > 0, disconnect: (slot) => slots.delete(slot) };
  };
  const [statusChanged, anyMessage] = [signal(), signal()];
  return {
    kernel: { status: "idle", statusChanged, anyMessage } as never,
    says: (status) => statusChanged.slots.forEach((slot) => slot(null, status as never)),
    sends: (session) => {
      const message = { direction: "recv", msg: { header: { session }, channel: "iopub" } };
      anyMessage.slots.forEach((slot) => slot(null, message as never));
    },
  };
}

describe("the kernel", () => {
  test("is told as restarted by its status, and as there again once anything is heard", async () => {
    const { kernel, says } = kernelOf();
    const fake = Object.assign(new Fake(), { widget_manager: { kernel } });
    const store = openStore(fake);
    await vi.advanceTimersByTimeAsync(50);
    says("busy");
    expect(silentWords(store.getState())).toBe("");
    says("restarting");
    expect(silentWords(store.getState())).toBe(
      "Not connected: the kernel restarted. Run the cell again: every acknowledged edit is kept.",
    );
    fake.tell({ type: "select", page: "", ids: [], filter: "" });
    expect(silentWords(store.getState())).toBe("");
    store.actions.close();
    says("dead");
    expect(store.getState().absence).toBeNull();
  });

  test("is told as restarted where its messages come from another session, and not where they do not", async () => {
    const { kernel, sends } = kernelOf();
    const store = openStore(Object.assign(new Fake(), { widget_manager: { kernel } }));
    await vi.advanceTimersByTimeAsync(50);
    sends("first");
    sends("first");
    expect(store.getState().absence).toBeNull();
    sends("second");
    expect(store.getState().absence).toBe("restarted");
    store.actions.close();
  });
});
