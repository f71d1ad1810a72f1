/** Several things at once: what they share, changed for all of them in one step. */

import type { Id } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { AnswerList } from "./AnswerList";
import { Combobox } from "./Combobox";
import { useBoundaries } from "./ElementForm";
import { Select } from "./Field";
import { useChange, usePutInto } from "../shell/hooks";
import { labelOf, shared } from "../shell/words";

export function SeveralForm({ ids }: { ids: readonly Id[] }) {
  const view = useSession((state) => state.view);
  const { select } = useActions();
  const elements = ids.flatMap((id) => view.elements[id] ?? []);
  return (
    <>
      <ul className="nbt-row nbt-plain" aria-label="What is selected">
        {ids.map((id) => (
          <li key={id}>
            <button type="button" className="nbt-chip" onClick={() => select([id])}>
              {labelOf(view, id)}
            </button>
          </li>
        ))}
      </ul>
      {elements.length === ids.length ? <Elements ids={ids} /> : null}
      <AnswerList ids={ids} kind="facts" />
      <AnswerList ids={ids} kind="controls" />
    </>
  );
}

function Elements({ ids }: { ids: readonly Id[] }) {
  const view = useSession((state) => state.view);
  const technologies = useSession((state) => state.vocabulary?.technologies) ?? [];
  const boundaries = useBoundaries();
  const change = useChange(ids);
  const putInto = usePutInto();
  const elements = ids.flatMap((id) => view.elements[id] ?? []);
  const technology = shared(elements, (element) => element.technology);
  const boundary = shared(elements, (element) => element.boundary);
  return (
    <>
      <Combobox
        label="Technology"
        value={technology ?? ""}
        options={technologies}
        onCommit={(id) => change({ technology: id })}
        {...(technology === undefined ? { placeholder: "they differ" } : {})}
      />
      <Select
        label="Trust boundary"
        value={boundary ?? ""}
        mixed={boundary === undefined}
        choices={boundaries}
        onCommit={(into) => putInto(ids, into || null)}
      />
    </>
  );
}
