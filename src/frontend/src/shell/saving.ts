/** Saving, in words. */

import type { StatusView } from "./protocol";
import type { State } from "./store";

/** What is known of the line to Python, of a session's state. */
export type Link = Pick<State, "waiting" | "lost" | "absence">;

/** What the status line says about saving; `mark` is its sign, so that no colour has to say it. */
export function savingWords(status: StatusView | undefined, link: Link): { mark: string; text: string } {
  if (link.absence) return { mark: "!", text: "Not connected" }; // the notice above says the rest
  const silent = silentWords(link);
  if (silent) return { mark: "!", text: silent };
  if (!status) return { mark: "…", text: "Waiting for the kernel" };
  if (link.waiting > 0 || status.saving === "saving" || status.saving === "unsaved") {
    return { mark: "…", text: "Saving…" };
  }
  if (status.saving === "refused") return { mark: "!", text: `Not saved: ${status.why}` };
  if (status.saving === "conflict")
    return { mark: "!", text: `Not saved: ${status.why || "the file changed outside"}` };
  if (status.saving === "nowhere") return { mark: "○", text: "Not saved: there is no file yet" };
  return { mark: "✓", text: status.savedAt ? `Saved ${status.savedAt}` : "Saved" };
}

/** What to do where nothing is heard from Python any more; empty while the line holds. */
export function silentWords({ waiting, lost, absence }: Link): string {
  const [edits, them] = waiting === 1 ? ["edit", "it"] : ["edits", "them"];
  if (absence) {
    const again = waiting > 0 ? ` ${waiting} ${edits} came too late: do ${them} again.` : "";
    return `Not connected: the kernel ${absence}. Run the cell again: every acknowledged edit is kept.${again}`;
  }
  if (!lost) return "";
  if (waiting === 0) return "Line cut: the kernel does not answer. After a restart, run the cell again";
  return `Line cut: ${waiting} ${edits} kept, sent again when the kernel answers. After a restart, run the cell and do ${them} again`;
}

/** What connecting by keyboard waits for. */
export function connectingWords(
  { from, to }: { from: string; to: string | null },
  label: (id: string) => string,
): string {
  return to
    ? `Connect from ${label(from)} to ${label(to)}: Enter connects, Esc leaves`
    : `Connect from ${label(from)}: choose the target with arrows or Tab, Enter connects, Esc leaves`;
}
