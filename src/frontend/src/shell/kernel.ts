/** The kernel behind a widget: whether it is still the one that holds the drawing, as far as the notebook tells. */

import type { Channel } from "./connection";

/** Why nothing that is done here reaches Python any more: there is another kernel now, or none. */
export type Absence = "restarted" | "stopped";

interface Signal<T> {
  connect(slot: (sender: unknown, args: T) => void): boolean;
  disconnect(slot: (sender: unknown, args: T) => void): boolean;
}

/** What JupyterLab gives of a kernel; other notebooks give some of it or nothing. */
interface Kernel {
  status?: string;
  statusChanged?: Signal<string>;
  anyMessage?: Signal<{ direction: string; msg: { header: { session?: string }; channel?: string } }>;
}

interface LiveModel {
  comm_live?: boolean;
  on(event: "comm_live_update", callback: () => void): void;
  off(event: "comm_live_update", callback: () => void): void;
}

/** What a widget's manager is in Jupyter. */
export interface Manager {
  kernel?: Kernel | null;
  get_model?(id: string): Promise<LiveModel>;
}

const GONE: Readonly<Record<string, Absence>> = {
  restarting: "restarted",
  autorestarting: "restarted",
  terminating: "stopped",
  dead: "stopped",
};

/**
 * Call `tell` as soon as the kernel goes, and `doubt` where only the line may be cut; returns what stops that.
 *
 * A restart from this page is a status; one from elsewhere shows by messages of another session. Where a notebook
 * tells neither, what is not answered is what shows it: see connection.ts. Nobody asks again and again, for a kernel
 * that works for a minute is silent too.
 */
export function watchKernel(channel: Channel, tell: (absence: Absence) => void, doubt: () => void): () => void {
  const manager = channel.widget_manager;
  const kernel = manager?.kernel;
  let session = "";
  let model: LiveModel | undefined;
  let ended = false;

  const onStatus = (_: unknown, status: string): void => {
    const absence = GONE[status];
    if (absence) tell(absence);
  };
  const onMessage: Parameters<NonNullable<Kernel["anyMessage"]>["connect"]>[0] = (_, { direction, msg }) => {
    const now = msg.header.session;
    if (direction !== "recv" || msg.channel !== "iopub" || !now || now === session) return;
    if (session) tell("restarted");
    session = now;
  };
  const onLive = (): void => {
    if (model?.comm_live !== false) return;
    const absence = GONE[kernel?.status ?? ""];
    if (absence) tell(absence);
    else doubt();
  };
  kernel?.statusChanged?.connect(onStatus);
  kernel?.anyMessage?.connect(onMessage);
  const id = channel.get?.("line");
  if (typeof id === "string") {
    void manager?.get_model?.(id).then(
      (found) => {
        if (ended) return;
        model = found;
        model.on("comm_live_update", onLive);
      },
      () => undefined, // without a model there is nothing to hear
    );
  }
  return () => {
    ended = true;
    kernel?.statusChanged?.disconnect(onStatus);
    kernel?.anyMessage?.disconnect(onMessage);
    model?.off("comm_live_update", onLive);
  };
}
