/** Drafts: what somebody is typing and has not handed in yet. A refused draft stays, with the reason. */

import { useEffect, useRef, useState } from "react";

/** Take a text; the answer is empty, or says why it was not taken. */
export type Commit = (text: string) => Promise<string> | string;

/** A commit that only keeps the text, for rows and forms that hand in everything at once. */
export function keeping(set: (text: string) => void): Commit {
  return (text) => {
    set(text);
    return "";
  };
}

export interface Draft {
  text: string;
  error: string;
  type(text: string): void;
  /** Hand the draft in. On leaving the field a draft that was refused before is not handed in again. */
  commit(leaving?: boolean): Promise<void>;
  /** Put back what was there. Tells whether there was something to put back. */
  restore(): boolean;
}

export function useDraft(value: string, onCommit: Commit): Draft {
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState("");
  const now = useRef({ draft, value, onCommit, sent: null as string | null, refused: null as string | null });
  useEffect(() => {
    Object.assign(now.current, { value, onCommit });
  });

  const type = (text: string | null): void => {
    now.current.draft = text;
    setDraft(text);
  };
  const commit = async (leaving = false): Promise<void> => {
    const { draft: text, value: old, sent, refused } = now.current;
    if (text === null || text === sent || (leaving && text === refused)) return;
    if (text === old) return void restore();
    now.current.sent = text;
    const refusal = await now.current.onCommit(text);
    now.current.sent = null;
    now.current.refused = refusal ? text : null;
    setError(refusal);
    if (!refusal && now.current.draft === text) type(null);
  };
  const restore = (): boolean => {
    const had = now.current.draft !== null;
    now.current.refused = null;
    setError("");
    type(null);
    return had;
  };

  // Choosing another thing on the drawing can take a field away before it loses the focus: what was typed still counts.
  useEffect(() => {
    const last = now.current;
    return () => {
      const { draft: text, value: old, sent, refused } = last;
      if (text !== null && text !== old && text !== sent && text !== refused) void last.onCommit(text);
    };
  }, []);
  return { text: draft ?? value, error, type, commit, restore };
}
