/** Which rows of a long table are near what is seen of it. */

import { useCallback, useState } from "react";

const OVER = 8; // rows drawn above and below what is seen
const ROW_HEIGHT = 36; // until one has been measured
const SEEN = 24;

interface RowWindow {
  /** For the box that scrolls; its rows are all as high as the first one drawn. */
  box: (box: HTMLElement | null) => (() => void) | undefined;
  first: number;
  last: number;
  rowHeight: number;
}

export function useRowWindow(count: number): RowWindow {
  const [seen, setSeen] = useState({ top: 0, rows: SEEN, rowHeight: ROW_HEIGHT });
  const box = useCallback((scroller: HTMLElement | null) => {
    if (!scroller) return undefined;
    const look = (): void => {
      const row = scroller.querySelector("tbody tr:not([aria-hidden])")?.getBoundingClientRect().height;
      setSeen((now) => {
        const rowHeight = row || now.rowHeight;
        const top = Math.floor(scroller.scrollTop / rowHeight);
        const rows = scroller.clientHeight ? Math.ceil(scroller.clientHeight / rowHeight) : SEEN;
        const same = top === now.top && rows === now.rows && rowHeight === now.rowHeight;
        return same ? now : { top, rows, rowHeight };
      });
    };
    scroller.addEventListener("scroll", look, { passive: true });
    const observer = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(look);
    observer?.observe(scroller);
    return () => {
      scroller.removeEventListener("scroll", look);
      observer?.disconnect();
    };
  }, []);
  const top = Math.min(seen.top, Math.max(0, count - seen.rows));
  return {
    box,
    first: Math.max(0, top - OVER),
    last: Math.min(count - 1, top + seen.rows + OVER),
    rowHeight: seen.rowHeight,
  };
}
