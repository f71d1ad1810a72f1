/** What the panels do alike: ask and ask again, keep the focus, change, move and put things. */

import { useEffect, useLayoutEffect, useRef, useState, type FocusEvent, type RefObject } from "react";
import type { Fields, Id, Question_ } from "./protocol";
import { useActions, useSession } from "./store";

/** Ask something, and again whenever `when` changes. A late answer to an earlier asking is dropped. */
export function useAnswer<T>(ask: Question_, when: string | number): { data: T | null; error: string } {
  const actions = useActions();
  const ready = useSession((session) => session.ready);
  const [state, setState] = useState<{ asked: string; data: T | null; error: string }>({
    asked: "",
    data: null,
    error: "",
  });
  const asked = JSON.stringify(ask);
  useEffect(() => {
    if (!ready) return;
    let late = false;
    actions.ask<T>(JSON.parse(asked) as Question_).then(
      (data) => {
        if (!late) setState({ asked, data, error: "" });
      },
      (error: unknown) => {
        if (!late) setState({ asked, data: null, error: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => {
      late = true;
    };
  }, [actions, asked, when, ready]);
  return state.asked === asked ? state : { data: null, error: "" }; // never the answer to another question
}

/** The element that has the focus, also inside a shadow root, where the document does not tell. */
export function focused(within: Element): Element | null {
  const root = within.getRootNode() as Document | ShadowRoot;
  return root.activeElement;
}

/**
 * Keep the focus in a list whose items come and go: where the item that had it is gone, the item now in its place gets
 * it, or else the list's heading. Items carry `data-item`; their first `data-first` control is focused.
 */
export function useKeptFocus(box: RefObject<HTMLElement | null>): (event: FocusEvent) => void {
  const last = useRef<{ element: Element; index: number } | null>(null);
  useLayoutEffect(() => {
    const here = box.current;
    if (!here || !last.current || last.current.element.isConnected) return;
    const now = focused(here);
    if (now && now !== here.ownerDocument.body) return void (last.current = null);
    const items = here.querySelectorAll("[data-item]");
    const next = items[Math.min(last.current.index, items.length - 1)]?.querySelector<HTMLElement>("[data-first]");
    last.current = null;
    (next ?? here.querySelector<HTMLElement>("[data-heading]"))?.focus();
  });
  return (event) => {
    const items = [...(box.current?.querySelectorAll("[data-item]") ?? [])];
    const index = items.findIndex((item) => item.contains(event.target));
    last.current = index < 0 ? null : { element: event.target, index };
  };
}

/** Put the focus into something when it appears, for forms that a button or a key opened. */
export function useFocusAtFirst<T extends HTMLElement>(): RefObject<T | null> {
  const ref = useRef<T>(null);
  useEffect(() => ref.current?.focus(), []);
  return ref;
}

/** Change fields of some things; the answer is empty, or says why it was refused. */
export function useChange(ids: readonly Id[]): (set: Fields) => Promise<string> {
  const { act } = useActions();
  return async (set) => (await act({ op: "change", ids, set })).refusal;
}

/** Put elements and boundaries into a boundary, or out of all with `null`. */
export function usePutInto(): (ids: readonly Id[], into: Id | null, options?: { undo?: boolean }) => Promise<string> {
  const { act } = useActions();
  return async (ids, into, options) => {
    const each = Object.fromEntries(ids.map((id) => [id, into]));
    return (await act({ op: "move", places: {}, into: each }, options)).refusal;
  };
}

/** Put one thing at a place given in words; the answer is empty, or says what is wrong with them. */
export function usePlace(): (id: Id, x: string | number, y: string | number) => Promise<string> {
  const { act } = useActions();
  return async (id, x, y) => {
    const [left, top] = [x, y].map((text) => (String(text).trim() === "" ? Number.NaN : Number(text)));
    if (left === undefined || top === undefined || !Number.isFinite(left) || !Number.isFinite(top)) {
      return "A place is a number of pixels, such as 120 or -40.";
    }
    return (await act({ op: "move", places: { [id]: [left, top] } })).refusal;
  };
}
