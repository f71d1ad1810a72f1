import type { ComponentType } from "react";
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
import { Tabs } from "./shell/Tabs";

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

const PANELS: Readonly<Record<Panel, readonly [string, ComponentType]>> = {
  cards: ["Cards", Cards],
  questions: ["Questions", Questions],
  properties: ["Properties", Properties],
  register: ["Register", Register],
  history: ["History", History],
};

function Side() {
  const panel = useUi((state) => state.panel);
  const { run } = useActions();
  const questions = useSession((state) => state.orders.questions.length);
  const tabs = (Object.keys(PANELS) as Panel[]).map((name) => ({
    name,
    title:
      name === "questions" && questions > 0 ? (
        <>
          {PANELS[name][0]}
          <span className="nbt-tab-count">{` ${questions}`}</span>
        </>
      ) : (
        PANELS[name][0]
      ),
  }));
  const [, Shown] = PANELS[panel];
  return (
    <aside className="nbt-workbench-side" aria-label="About the drawing">
      <Tabs
        label="About the drawing"
        tabs={tabs}
        open={panel}
        onOpen={(chosen) => run({ name: "show", panel: chosen })}
        panelClass="nbt-workbench-panel"
      >
        <Shown />
      </Tabs>
    </aside>
  );
}
