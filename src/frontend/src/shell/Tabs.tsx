/** Tabs over one panel: arrow keys, Home and End go from tab to tab and show what is chosen at once. By Ariakit. */

import * as Ariakit from "@ariakit/react";
import { useId, type ReactNode } from "react";

export interface TabOf<Name extends string> {
  readonly name: Name;
  readonly title: ReactNode;
}

interface Props<Name extends string> {
  label: string;
  tabs: readonly TabOf<Name>[];
  open: Name;
  onOpen: (name: Name) => void;
  panelClass?: string;
  children: ReactNode;
}

export function Tabs<Name extends string>({ label, tabs, open, onOpen, panelClass, children }: Props<Name>) {
  const id = useId();
  const idOf = (name: Name): string => `${id}-${name}`;
  const show = (chosen: string | null | undefined): void => {
    const tab = tabs.find(({ name }) => idOf(name) === chosen);
    if (tab) onOpen(tab.name);
  };
  return (
    <Ariakit.TabProvider selectedId={idOf(open)} setSelectedId={show}>
      <Ariakit.TabList className="nbt-tabs" aria-label={label}>
        {tabs.map(({ name, title }) => (
          <Ariakit.Tab key={name} id={idOf(name)}>
            {title}
          </Ariakit.Tab>
        ))}
      </Ariakit.TabList>
      <Ariakit.TabPanel className={panelClass} tabId={idOf(open)} focusable={false}>
        {children}
      </Ariakit.TabPanel>
    </Ariakit.TabProvider>
  );
}
