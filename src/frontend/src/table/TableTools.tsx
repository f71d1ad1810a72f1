/** What can be done with the rows that are selected, and one step back or forth. */

import type { Alignment, Id } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { Steps } from "../shell/Steps";
import { copying } from "./copying";
import { useBoundaries } from "../forms/ElementForm";
import { Select } from "../forms/Field";
import { usePutInto } from "../shell/hooks";
import { counted } from "../shell/words";

const WAYS: readonly { value: Alignment | ""; label: string }[] = [
  { value: "", label: "Line up …" },
  { value: "left", label: "Left edges" },
  { value: "centre", label: "Centres" },
  { value: "right", label: "Right edges" },
  { value: "top", label: "Top edges" },
  { value: "middle", label: "Middles" },
  { value: "bottom", label: "Bottom edges" },
  { value: "across", label: "Evenly across" },
  { value: "down", label: "Evenly down" },
];
const NOT_CHOSEN = "-"; // an empty value means "in no boundary"

export function TableTools() {
  const selection = useSession((state) => state.selection);
  const { act, select } = useActions();
  return (
    <div className="nbt-row nbt-tools" role="group" aria-label="Tools of the table">
      <Steps />
      <button type="button" className="nbt-button" onClick={() => void act({ op: "tidy" }, { undo: true })}>
        Arrange anew
      </button>
      <span role="status" className="nbt-soft">
        {selection.length === 0 ? "Nothing is selected" : `${counted(selection.length, "thing")} selected`}
      </span>
      {selection.length > 0 ? <WithSelected ids={selection} /> : null}
      {selection.length > 0 ? (
        <button type="button" className="nbt-button" onClick={() => select([])}>
          Select nothing
        </button>
      ) : null}
    </div>
  );
}

function WithSelected({ ids }: { ids: readonly Id[] }) {
  const view = useSession((state) => state.view);
  const boundaries = useBoundaries(ids);
  const { act } = useActions();
  const putInto = usePutInto();
  const elements = ids.filter((id) => view.elements[id]);
  const placed = ids.filter((id) => view.elements[id] ?? view.boundaries[id]);
  const [source, target] = elements;
  const align = async (how: string): Promise<string> =>
    how === "" ? "" : (await act({ op: "align", ids: placed, how: how as Alignment }, { undo: true })).refusal;
  return (
    <>
      <button type="button" className="nbt-button" onClick={() => void act({ op: "remove", ids }, { undo: true })}>
        Delete selected
      </button>
      <button type="button" className="nbt-button" onClick={() => void act(copying(ids, view), { undo: true })}>
        Copy selected
      </button>
      {elements.length === 2 && source !== undefined && target !== undefined ? (
        <button
          type="button"
          className="nbt-button"
          onClick={() => void act({ op: "add", part: "flows", thing: { source, target } }, { undo: true })}
        >
          {`Connect ${view.elements[source]?.label ?? source} to ${view.elements[target]?.label ?? target}`}
        </button>
      ) : null}
      {placed.length > 1 ? (
        <span>
          <Select bare label="Line up what is selected" value="" choices={WAYS} onCommit={align} />
        </span>
      ) : null}
      {placed.length > 0 ? (
        <span>
          <Select
            bare
            label="Put what is selected into a boundary"
            value={NOT_CHOSEN}
            choices={[{ value: NOT_CHOSEN, label: "Put into …" }, ...boundaries]}
            onCommit={(into) => (into === NOT_CHOSEN ? "" : putInto(placed, into || null, { undo: true }))}
          />
        </span>
      ) : null}
    </>
  );
}
