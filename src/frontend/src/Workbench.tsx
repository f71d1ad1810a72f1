import { useId, useRef, type ComponentType, type KeyboardEvent } from "react";
import { Drawing } from "./drawing/Drawing";
import { Cards } from "./cards/Cards";
import { History } from "./register/History";
import { Principles } from "./register/Principles";
import { Properties } from "./forms/Properties";
import { Questions } from "./questions/Questions";
import { Register } from "./register/Register";
import { Start } from "./forms/Start";
import { Table } from "./table/Table";
import type { Panel } from "./shell/keys";
import { useActions, useSession, useUi } from "./shell/store";

/** Everything on one screen: the principles above, the drawing, and beside it what can be said about it. */
export function Workbench() {
  const starting = useSession((state) => (state.view.status.status?.starters.length ?? 0) > 0);
  const table = useUi((state) => state.table);
  const present = useUi((state) => state.present);
  if (starting)
    return (
      <div className="nbt-workbench" data-starting="true">
        <Start />
      </div>
    );
  return (
    <div className="nbt-workbench" data-table={table} data-present={present}>
      {!present && (
        <div className="nbt-workbench-top">
          <Principles />
        </div>
      )}
      <Drawing />
      {!present && <Side />}
      {table && !present && (
        <div className="nbt-workbench-table">
          <Table />
        </div>
      )}
    </div>
  );
}

const TABS: readonly (readonly [Panel, string, ComponentType])[] = [
  ["cards", "Cards", Cards],
  ["questions", "Questions", Questions],
  ["properties", "Properties", Properties],
  ["register", "Register", Register],
  ["history", "History", History],
];

function Side() {
  const panel = useUi((state) => state.panel);
  const { run } = useActions();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const questions = useSession((state) => state.orders.questions.length);
  const at = TABS.findIndex(([name]) => name === panel);
  const [, , Panel] = TABS[at] ?? TABS[0] ?? ["", "", Cards];
  const setAt = (n: number): void => run({ name: "show", panel: TABS[n]?.[0] ?? "cards" });

  const press = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (step + TABS.length) % TABS.length;
    setAt(next);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <aside className="nbt-workbench-side" aria-label="About the drawing">
      <div
        ref={list}
        className="nbt-tabs"
        role="tablist"
        aria-label="About the drawing"
        tabIndex={-1}
        onKeyDown={press}
      >
        {TABS.map(([, name], n) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={n === at}
            aria-controls={`${id}-panel`}
            tabIndex={n === at ? 0 : -1}
            onClick={() => setAt(n)}
          >
            {name}
            {name === "Questions" && questions > 0 && <span className="nbt-tab-count">{` ${questions}`}</span>}
          </button>
        ))}
      </div>
      <div
        className="nbt-workbench-panel"
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${TABS[at]?.[1] ?? ""}`}
      >
        <Panel />
      </div>
    </aside>
  );
}
