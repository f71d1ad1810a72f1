/** The elements, row by row. */

import { useState } from "react";
import type { ElementView } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { AssetCell } from "./AssetCell";
import { Combobox } from "../forms/Combobox";
import { copying } from "./copying";
import { keeping } from "../forms/draft";
import { useBoundaries } from "../forms/ElementForm";
import { Field, Select, type Choice } from "../forms/Field";
import { useChange, usePlace, usePutInto } from "../shell/hooks";
import { FindingsCell, Row, Rows } from "./Rows";
import { inOrder } from "../shell/words";

const COLUMNS = ["Name", "Technology", "Trust boundary", "Holds", "x", "y", "Findings", "Actions"];

export function ElementsTable() {
  const elements = useSession((state) => state.view.elements);
  const order = useSession((state) => state.orders.elements);
  const boundaries = useBoundaries();
  return (
    <Rows
      caption="Elements"
      columns={COLUMNS}
      ids={inOrder(elements, order).map((element) => element.id)}
      add={<AddRow />}
      row={(id) => {
        const element = elements[id];
        return element ? <ElementRow key={id} element={element} boundaries={boundaries} /> : null;
      }}
    />
  );
}

function ElementRow({ element, boundaries }: { element: ElementView; boundaries: readonly Choice[] }) {
  const technologies = useSession((state) => state.vocabulary?.technologies) ?? [];
  const view = useSession((state) => state.view);
  const { id, label, x, y } = element;
  const { act } = useActions();
  const change = useChange([id]);
  const putInto = usePutInto();
  const place = usePlace();
  return (
    <Row id={id} label={label} onCopy={() => void act(copying([id], view), { undo: true })}>
      <th scope="row">
        <Field
          bare
          label={`Name of ${label}`}
          value={element.name}
          placeholder={label}
          onCommit={(name) => change({ name })}
        />
      </th>
      <td>
        <Combobox
          bare
          label={`Technology of ${label}`}
          value={element.technology}
          options={technologies}
          onCommit={(technology) => change({ technology })}
        />
      </td>
      <td>
        <Select
          bare
          label={`Trust boundary of ${label}`}
          value={element.boundary ?? ""}
          choices={boundaries}
          onCommit={(into) => putInto([id], into || null)}
        />
      </td>
      <td>
        <AssetCell id={id} label={label} field="holds" value={element.holds} />
      </td>
      <td className="nbt-number">
        <Field
          bare
          type="number"
          label={`x of ${label}`}
          value={String(Math.round(x))}
          onCommit={(text) => place(id, text, y)}
        />
      </td>
      <td className="nbt-number">
        <Field
          bare
          type="number"
          label={`y of ${label}`}
          value={String(Math.round(y))}
          onCommit={(text) => place(id, x, text)}
        />
      </td>
      <td>
        <FindingsCell id={id} label={label} />
      </td>
    </Row>
  );
}

/** The last row is empty: a name and a technology, and Enter adds. What was typed stays where it was refused. */
function AddRow() {
  const technologies = useSession((state) => state.vocabulary?.technologies) ?? [];
  const boundaries = useBoundaries();
  const { act } = useActions();
  const [name, setName] = useState("");
  const [technology, setTechnology] = useState("");
  const [boundary, setBoundary] = useState("");
  const [error, setError] = useState("");
  const add = async (): Promise<void> => {
    if (!name.trim()) return setError("Give the element a name.");
    if (!technology) return setError("Choose what it is, in the column for the technology.");
    const thing = { name: name.trim(), technology, ...(boundary ? { boundary } : {}) };
    setName(""); // at once: a second Enter while the first is on its way must not draw it twice
    setTechnology("");
    const { done, refusal } = await act({ op: "add", part: "elements", thing }, { undo: true });
    setError(refusal);
    if (done) return;
    setName((typed) => typed || name);
    setTechnology((chosen) => chosen || technology);
  };
  return (
    <tr className="nbt-add-row">
      <td />
      <th scope="row">
        <input
          className="nbt-input"
          aria-label="Name of a new element"
          placeholder="New element"
          value={name}
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") void add();
          }}
        />
        {error ? (
          <span role="alert" className="nbt-field-error">
            {error}
          </span>
        ) : null}
      </th>
      <td>
        <Combobox
          bare
          label="Technology of a new element"
          value={technology}
          options={technologies}
          placeholder="What it is"
          onCommit={keeping(setTechnology)}
          onEnter={() => void add()}
        />
      </td>
      <td>
        <Select
          bare
          label="Trust boundary of a new element"
          value={boundary}
          choices={boundaries}
          onCommit={keeping(setBoundary)}
        />
      </td>
      <td />
      <td />
      <td />
      <td />
      <td>
        <button type="button" className="nbt-button nbt-button-small" onClick={() => void add()}>
          Add element
        </button>
      </td>
    </tr>
  );
}
