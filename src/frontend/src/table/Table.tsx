/** The same drawing as tables: everything the drawing can do, by rows and keys. */

import { useState, type ComponentType } from "react";
import type { Part } from "../shell/protocol";
import { useSession } from "../shell/store";
import { Tabs } from "../shell/Tabs";
import { AssetsTable } from "./AssetsTable";
import { BoundariesTable } from "./BoundariesTable";
import { ElementsTable } from "./ElementsTable";
import { FlowsTable } from "./FlowsTable";
import { SelectedFindings } from "./SelectedFindings";
import { TableTools } from "./TableTools";

const PARTS: Readonly<Record<Part, readonly [string, ComponentType]>> = {
  elements: ["Elements", ElementsTable],
  flows: ["Flows", FlowsTable],
  boundaries: ["Boundaries", BoundariesTable],
  assets: ["Assets", AssetsTable],
};

export function Table() {
  const view = useSession((state) => state.view);
  const [open, setOpen] = useState<Part>("elements");
  const tabs = (Object.keys(PARTS) as Part[]).map((name) => ({
    name,
    title: `${PARTS[name][0]} (${Object.keys(view[name]).length})`,
  }));
  const [, Shown] = PARTS[open];
  return (
    <section className="nbt-panel" aria-label="Table of the drawing">
      <TableTools />
      <Tabs label="What the table shows" tabs={tabs} open={open} onOpen={setOpen}>
        <Shown key={open} />
      </Tabs>
      <p className="nbt-field-hint">
        Enter or leaving a field keeps it, Escape puts back what was there. Alt with an arrow goes to the row above or
        below.
      </p>
      <SelectedFindings />
    </section>
  );
}
