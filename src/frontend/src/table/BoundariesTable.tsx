/** The trust boundaries, row by row. Their place is the middle of the region. */

import { useState } from "react";
import type { BoundaryView } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { useTrusts, withInner } from "../forms/BoundaryForm";
import { copying } from "./copying";
import { keeping } from "../forms/draft";
import { useBoundaries } from "../forms/ElementForm";
import { Field, Select } from "../forms/Field";
import { useChange, usePlace, usePutInto } from "../shell/hooks";
import { FindingsCell, Row, Rows } from "./Rows";
import { inOrder } from "../shell/words";

const COLUMNS = ["Name", "Trust", "Within", "x", "y", "Findings", "Actions"];

export function BoundariesTable() {
  const boundaries = useSession((state) => state.view.boundaries);
  const order = useSession((state) => state.orders.boundaries);
  return (
    <Rows
      caption="Trust boundaries"
      columns={COLUMNS}
      ids={inOrder(boundaries, order).map((boundary) => boundary.id)}
      add={<AddRow />}
      row={(id) => {
        const boundary = boundaries[id];
        return boundary ? <BoundaryRow key={id} boundary={boundary} /> : null;
      }}
    />
  );
}

function BoundaryRow({ boundary }: { boundary: BoundaryView }) {
  const view = useSession((state) => state.view);
  const { id, label } = boundary;
  const around = useBoundaries(withInner(view.boundaries, id));
  const trusts = useTrusts();
  const { act } = useActions();
  const change = useChange([id]);
  const putInto = usePutInto();
  const place = usePlace();
  const x = Math.round(boundary.left + boundary.width / 2);
  const y = Math.round(boundary.top + boundary.height / 2);
  return (
    <Row id={id} label={label} onCopy={() => void act(copying([id], view), { undo: true })}>
      <th scope="row">
        <Field
          bare
          label={`Name of ${label}`}
          value={boundary.name}
          placeholder={label}
          onCommit={(name) => change({ name })}
        />
      </th>
      <td>
        <Select
          bare
          label={`Trust of ${label}`}
          value={boundary.trust ?? ""}
          choices={trusts}
          onCommit={(trust) => change({ trust: trust || null })}
        />
      </td>
      <td>
        <Select
          bare
          label={`What ${label} is within`}
          value={boundary.within ?? ""}
          choices={around}
          onCommit={(into) => putInto([id], into || null)}
        />
      </td>
      <td className="nbt-number">
        <Field bare type="number" label={`x of ${label}`} value={String(x)} onCommit={(text) => place(id, text, y)} />
      </td>
      <td className="nbt-number">
        <Field bare type="number" label={`y of ${label}`} value={String(y)} onCommit={(text) => place(id, x, text)} />
      </td>
      <td>
        <FindingsCell id={id} label={label} />
      </td>
    </Row>
  );
}

/** The last row is empty: a name, and Enter adds. */
function AddRow() {
  const trusts = useTrusts();
  const around = useBoundaries();
  const { act } = useActions();
  const [name, setName] = useState("");
  const [trust, setTrust] = useState("");
  const [within, setWithin] = useState("");
  const [error, setError] = useState("");
  const add = async (): Promise<void> => {
    if (!name.trim()) return setError("Give the boundary a name, such as Our cloud tenant.");
    const thing = { name: name.trim(), ...(trust ? { trust } : {}), ...(within ? { within } : {}) };
    setName(""); // at once: a second Enter while the first is on its way must not draw it twice
    const { done, refusal } = await act({ op: "add", part: "boundaries", thing }, { undo: true });
    setError(refusal);
    if (!done) setName((typed) => typed || name);
  };
  return (
    <tr className="nbt-add-row">
      <td />
      <th scope="row">
        <input
          className="nbt-input"
          aria-label="Name of a new boundary"
          placeholder="New boundary"
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
        <Select bare label="Trust of a new boundary" value={trust} choices={trusts} onCommit={keeping(setTrust)} />
      </td>
      <td>
        <Select
          bare
          label="What a new boundary is within"
          value={within}
          choices={around}
          onCommit={keeping(setWithin)}
        />
      </td>
      <td />
      <td />
      <td />
      <td>
        <button type="button" className="nbt-button nbt-button-small" onClick={() => void add()}>
          Add boundary
        </button>
      </td>
    </tr>
  );
}
