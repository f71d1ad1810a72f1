/** The line to Python: operations are kept until they are acknowledged, and sent again when the line was cut. */

import type { Manager } from "./kernel";
import type { FromPython, Id, Operation, Question_, ToPython } from "./protocol";

/** The part of an anywidget model that is used here. */
export interface Channel {
  /** The value of a trait that is shared with Python. */
  get?(name: string): unknown;
  readonly widget_manager?: Manager;
  send(content: unknown): void;
  on(event: "msg:custom", callback: (content: unknown, buffers: readonly DataView[]) => void): void;
  off(event: "msg:custom", callback: (content: unknown, buffers: readonly DataView[]) => void): void;
}

export class Refused extends Error {}

export interface Done {
  revision: number;
  made: readonly Id[];
  name: string;
}

interface Waiting {
  message: ToPython;
  since: number;
  sentAt: number;
  settle: (value: never) => void;
  refuse: (error: Error) => void;
}

const RESEND_MS = 5_000;
const LOST_MS = 5_000;
/** What stands for the id of the one message that has none. */
const HELLO = "hello";

/** A name of this page that no other page has; in one page all parts share it. */
export const page: string = crypto.randomUUID();

export class Connection {
  private readonly waiting = new Map<string, Waiting>();
  private number = 0;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly listen = (content: unknown): void => this.receive(content as FromPython);
  by = "";

  constructor(
    private readonly line: Channel,
    private readonly hear: (message: FromPython) => void,
    /** Told how many operations wait, and whether anything has waited so long that the line must be cut. */
    private readonly tell: (waiting: number, lost: boolean) => void,
  ) {
    line.on("msg:custom", this.listen);
    this.timer = setInterval(() => this.resend(), 1_000);
    this.hello();
  }

  close(): void {
    clearInterval(this.timer);
    this.line.off("msg:custom", this.listen);
  }

  hello(): void {
    void this.wait(HELLO, { type: "hello", page });
  }

  /** Propose an operation. Rejects with Refused, and a sentence, where Python does not take it. */
  do(op: Operation): Promise<Done> {
    return this.post((id) => ({ type: "do", id, by: this.by, page, op }));
  }

  /** Ask something that changes nothing. */
  ask<T>(ask: Question_): Promise<T> {
    return this.post((id) => ({ type: "ask", id, page, ask }));
  }

  select(ids: readonly Id[], filter: string): void {
    this.send({ type: "select", page, ids, filter });
  }

  private post<T>(make: (id: string) => ToPython): Promise<T> {
    const id = `${page}-${(this.number += 1)}-${crypto.randomUUID().slice(0, 8)}`;
    return this.wait(id, make(id));
  }

  /** Send a message, and keep it until it is answered. */
  private wait<T>(id: string, message: ToPython): Promise<T> {
    return new Promise<T>((settle, refuse) => {
      const now = Date.now();
      this.waiting.set(id, { message, since: now, sentAt: now, settle: settle as (value: never) => void, refuse });
      this.send(message);
      this.report();
    });
  }

  /** Jupyter throws where its kernel is dead; what waits for an answer is sent again, and then told as lost. */
  private send(message: ToPython): void {
    try {
      this.line.send(message);
    } catch (error) {
      console.warn("nbthreat: the kernel could not be reached", error);
    }
  }

  private receive(message: FromPython): void {
    if ("page" in message && message.page !== "" && message.page !== page) return;
    if (message.type === "done" || message.type === "refused" || message.type === "answer") {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      this.report();
      if (message.type === "refused") waiting?.refuse(new Refused(message.message));
      else waiting?.settle((message.type === "answer" ? message.data : message) as never);
    }
    if (message.type === "welcome") {
      this.waiting.delete(HELLO);
      this.report();
    }
    this.hear(message);
  }

  /** Send again what has waited too long, in order; Python knows each by its id and does none twice. */
  private resend(): void {
    const now = Date.now();
    for (const waiting of this.waiting.values()) {
      if (now - waiting.sentAt < RESEND_MS) continue;
      waiting.sentAt = now;
      this.send(waiting.message);
    }
    this.report();
  }

  private report(): void {
    const all = [...this.waiting.values()];
    const oldest = Math.min(...all.map((waiting) => waiting.since));
    this.tell(all.filter((waiting) => waiting.message.type === "do").length, Date.now() - oldest > LOST_MS);
  }
}
