import { useEffect, useState, type ComponentType } from "react";
import { Drawing } from "./drawing/Drawing";
import { Help } from "./shell/Help";
import { Announcer, Notices } from "./shell/Notices";
import { silentWords } from "./shell/saving";
import { Cards } from "./cards/Cards";
import { Principles } from "./register/Principles";
import { Properties } from "./forms/Properties";
import { Questions } from "./questions/Questions";
import { Register } from "./register/Register";
import { Table } from "./table/Table";
import { useSession, useUi } from "./shell/store";
import { Workbench } from "./Workbench";

const PARTS: Readonly<Record<string, ComponentType>> = {
  canvas: Drawing,
  cards: Cards,
  questions: Questions,
  properties: Properties,
  table: Table,
  register: Register,
  principles: Principles,
  workbench: Workbench,
};
const PATIENCE_MS = 4_000;

/** The part that Python asked for, with what every part has: notices, the sheet of keys, and a voice. */
export function App() {
  const ready = useSession((state) => state.ready);
  const part = useSession((state) => state.part);
  const silent = useSession(silentWords);
  const present = useUi((state) => state.present);
  const starting = useSession((state) => (state.view.status.status?.starters.length ?? 0) > 0);
  const board = ready && (part === "canvas" || (part === "workbench" && !starting)); // which has its own place for notices
  const Part = PARTS[part] ?? Workbench;
  return (
    <div className="nbt-app" data-part={part} data-present={present}>
      {ready ? <Part /> : <Waiting />}
      {ready && !board && silent && (
        <p className="nbt-waiting" role="status">
          {silent}
        </p>
      )}
      {!board && <Notices />}
      <Help />
      <Announcer />
    </div>
  );
}

function Waiting() {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p className="nbt-waiting" role="status">
      {long
        ? "The kernel does not answer. Run the cell again: nothing that was saved is lost."
        : "Opening the drawing…"}
    </p>
  );
}
