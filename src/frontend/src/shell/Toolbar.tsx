import { useEffect, useState } from "react";
import type { Alignment } from "./protocol";
import { useActions, useSession, useUi } from "./store";
import { remember, remembered, ROLE, type TOGGLES } from "./uiState";
import { downloadCopy } from "./download";
import { Icon, type IconName } from "./icons";
import { Popover } from "./Popover";
import { Publish } from "./Publish";

const ALIGNMENTS: readonly (readonly [Alignment, string])[] = [
  ["left", "Left edges"],
  ["centre", "Centres"],
  ["right", "Right edges"],
  ["top", "Top edges"],
  ["middle", "Middles"],
  ["bottom", "Bottom edges"],
  ["across", "Spread across"],
  ["down", "Spread down"],
];

export function Toolbar() {
  const { act, ask, run, tell } = useActions();
  const undo = useSession((state) => state.view.status.status?.undo ?? null);
  const redo = useSession((state) => state.view.status.status?.redo ?? null);
  const saving = useSession((state) => state.view.status.status?.saving);
  const several = useSession((state) => state.selection.filter((id) => id in state.view.elements).length > 1);
  const workbench = useSession((state) => state.part === "workbench");
  return (
    <div className="nbt-toolbar" role="toolbar" aria-label="Drawing">
      <button
        type="button"
        className="nbt-button nbt-drawer-button"
        title="Parts (a)"
        onClick={() => run({ name: "drawer" })}
      >
        <Icon name="plus" />
        Add
      </button>
      <Tool
        icon="undo"
        name={undo ? `Undo: ${undo}` : "Nothing to undo"}
        off={!undo}
        press={() => run({ name: "undo" })}
      />
      <Tool
        icon="redo"
        name={redo ? `Redo: ${redo}` : "Nothing to redo"}
        off={!redo}
        press={() => run({ name: "redo" })}
      />
      <span className="nbt-toolbar-gap" />
      {several && <Align />}
      <Tool icon="tidy" name="Tidy: arrange the whole drawing" press={() => void act({ op: "tidy" }, { undo: true })} />
      <span className="nbt-toolbar-gap" />
      <Tool icon="minus" name="Zoom out (-)" press={() => run({ name: "zoomOut" })} />
      <Tool icon="plus" name="Zoom in (+)" press={() => run({ name: "zoomIn" })} />
      <Tool icon="fit" name="Show everything (0)" press={() => run({ name: "fit" })} />
      <Toggle icon="map" name="Small map" of="minimap" />
      <span className="nbt-grow" />
      {(saving === "refused" || saving === "conflict") && (
        <button
          type="button"
          className="nbt-button"
          onClick={() => void downloadCopy(ask).catch(() => tell("The copy could not be made.", "refused"))}
        >
          <Icon name="save" />
          Download a copy
        </button>
      )}
      {workbench && <Publish />}
      <Role />
      {workbench && <Toggle icon="table" name="Table of elements and flows (t)" of="table" />}
      <Toggle icon="present" name="Present: large type, nothing beside the drawing (p)" of="present" />
      <Toggle icon="help" name="Keys and help (?)" of="help" />
    </div>
  );
}

function Tool({ icon, name, off = false, press }: { icon: IconName; name: string; off?: boolean; press(): void }) {
  return (
    <button
      type="button"
      className="nbt-button nbt-button-quiet nbt-button-icon"
      aria-label={name}
      title={name}
      aria-disabled={off}
      onClick={() => !off && press()}
    >
      <Icon name={icon} />
    </button>
  );
}

function Toggle({ icon, name, of }: { icon: IconName; name: string; of: (typeof TOGGLES)[number] }) {
  const on = useUi((state) => state[of]);
  const { run } = useActions();
  return (
    <button
      type="button"
      className="nbt-button nbt-button-quiet nbt-button-icon"
      aria-label={name}
      title={name}
      aria-pressed={on}
      onClick={() => run({ name: of })}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Shown while there is something to line up. */
function Align() {
  const { act } = useActions();
  const selection = useSession((state) => state.selection);
  return (
    <Popover icon="align" name="Align">
      {ALIGNMENTS.map(([how, words]) => (
        <button
          key={how}
          type="button"
          className="nbt-button nbt-button-quiet"
          onClick={() => void act({ op: "align", ids: selection, how })}
        >
          {words}
        </button>
      ))}
    </Popover>
  );
}

/** Who is at work: written beside each step and decision. */
function Role() {
  const { sign } = useActions();
  const [role, setRole] = useState(() => remembered(ROLE));
  useEffect(() => sign(role), [sign, role]);
  return (
    <input
      className="nbt-input nbt-role"
      aria-label="Your role"
      title="Your role: written beside what you do"
      placeholder="Your role"
      value={role}
      maxLength={80}
      onChange={(event) => {
        setRole(event.target.value);
        remember(ROLE, event.target.value);
      }}
    />
  );
}
