/** Edits of lines in place: each is handed in as soon as a decision is whole, and stays, with what it lacks, until then. */

import { useState } from "react";
import type { RegisterRow } from "../shell/protocol";
import { useActions, useOpened, type Store } from "../shell/store";
import { deciding, missing, standing, type Decision } from "./decision";

export interface RowDraft {
  fields: Partial<Decision>;
  state: "wanting" | "sending" | "kept" | "refused";
  /** What is still needed, or why it was refused. */
  why: string;
}
type Drafts = ReadonlyMap<string, RowDraft>;

const left = new WeakMap<Store, Drafts>(); // what is not kept yet outlives the panel

export interface Editing {
  drafts: Drafts;
  edit(row: RegisterRow, changes: Partial<Decision>): void;
  drop(key: string): void;
}

/** Whether it waits for somebody to go on with it. */
export function unkept(draft: RowDraft | undefined): draft is RowDraft {
  return draft?.state === "wanting" || draft?.state === "refused";
}

/** The decision that a line would be with its draft. */
export function drafted(row: RegisterRow, draft: RowDraft | undefined): Decision {
  return { ...standing(row).decision, ...draft?.fields };
}

export function useDrafts(rows: readonly RegisterRow[]): Editing {
  const store = useOpened();
  const { act } = useActions();
  const [drafts, setDrafts] = useState<Drafts>(
    () => new Map([...(left.get(store) ?? [])].filter(([, draft]) => unkept(draft))),
  );
  const [seen, setSeen] = useState(rows);
  if (seen !== rows) {
    // what was kept is in the lines from now on
    setSeen(rows);
    setDrafts(new Map([...drafts].filter(([, draft]) => draft.state !== "kept")));
  }
  const put = (key: string, make: (now: RowDraft | undefined) => RowDraft | undefined): void =>
    setDrafts((now) => {
      const next = new Map(now);
      const draft = make(now.get(key));
      if (draft) next.set(key, draft);
      else next.delete(key);
      left.set(store, next);
      return next;
    });

  const edit = (row: RegisterRow, changes: Partial<Decision>): void => {
    const from = standing(row);
    const decision = { ...drafted(row, drafts.get(row.key)), ...changes };
    const fields = Object.fromEntries(
      Object.entries(decision).filter(([part, text]) => text.trim() !== from.decision[part as keyof Decision].trim()),
    ) as Partial<Decision>;
    if (Object.keys(fields).length === 0) return put(row.key, () => undefined);
    const wants = Object.values(missing(decision)).map(({ name }) => name);
    if (wants.length > 0)
      return put(row.key, () => ({ fields, state: "wanting", why: `still needed: ${wants.join(", ")}` }));
    put(row.key, () => ({ fields, state: "sending", why: "" }));
    void act({ op: "decide", key: row.key, ...deciding(decision, from) }, { undo: true }).then(({ done, refusal }) =>
      put(row.key, (now) =>
        now?.fields !== fields ? now : { fields, state: done ? "kept" : "refused", why: refusal },
      ),
    );
  };
  return { drafts, edit, drop: (key) => put(key, () => undefined) };
}
