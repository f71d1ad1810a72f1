/** The same drawing as tables: everything the drawing can do, by rows and keys. */

import { useId, useRef, useState, type KeyboardEvent } from "react";
import type { Part } from "../shell/protocol";
import { useSession } from "../shell/store";
import { AssetsTable } from "./AssetsTable";
import { BoundariesTable } from "./BoundariesTable";
import { ElementsTable } from "./ElementsTable";
import { FlowsTable } from "./FlowsTable";
import { SelectedFindings } from "./SelectedFindings";
import { TableTools } from "./TableTools";

const TABS: readonly { part: Part; title: string; Body: () => React.ReactNode }[] = [
  { part: "elements", title: "Elements", Body: ElementsTable },
  { part: "flows", title: "Flows", Body: FlowsTable },
  { part: "boundaries", title: "Boundaries", Body: BoundariesTable },
  { part: "assets", title: "Assets", Body: AssetsTable },
];

export function Table() {
  const id = useId();
  const view = useSession((state) => state.view);
  const [open, setOpen] = useState<Part>("elements");
  const tabs = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const here = TABS.findIndex((tab) => tab.part === open);
    const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: TABS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (to + TABS.length) % TABS.length;
    setOpen(TABS[next]?.part ?? "elements");
    tabs.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <section className="nbt-panel" aria-label="Table of the drawing">
      <TableTools />
      <div className="nbt-tabs" role="tablist" aria-label="What the table shows" ref={tabs}>
        {TABS.map(({ part, title }) => (
          <button
            key={part}
            type="button"
            role="tab"
            id={`${id}-${part}`}
            aria-selected={open === part}
            aria-controls={`${id}-panel`}
            tabIndex={open === part ? 0 : -1}
            onClick={() => setOpen(part)}
            onKeyDown={onKeyDown}
          >
            {`${title} (${Object.keys(view[part]).length})`}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${open}`}>
        {TABS.map(({ part, Body }) => (part === open ? <Body key={part} /> : null))}
      </div>
      <p className="nbt-field-hint">
        Enter or leaving a field keeps it, Escape puts back what was there. Alt with an arrow goes to the row above or
        below.
      </p>
      <SelectedFindings />
    </section>
  );
}
