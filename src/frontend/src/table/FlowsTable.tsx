/** The flows, row by row. */

import { useMemo, useState } from "react";
import type { FlowView } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { AssetCell } from "./AssetCell";
import { Combobox, type Option } from "../forms/Combobox";
import { copying } from "./copying";
import { keeping } from "../forms/draft";
import { Field } from "../forms/Field";
import { useChange } from "../shell/hooks";
import { FindingsCell, Row, Rows } from "./Rows";
import { inOrder, termOf } from "../shell/words";

const COLUMNS = ["Name", "From", "To", "Carries", "Findings", "Actions"];

export function FlowsTable() {
  const flows = useSession((state) => state.view.flows);
  const elements = useSession((state) => state.view.elements);
  const orders = useSession((state) => state.orders);
  const technologies = useSession((state) => state.vocabulary?.technologies);
  const options = useMemo(
    () =>
      inOrder(elements, orders.elements).map((element) => ({
        id: element.id,
        name: element.label,
        what: termOf(technologies, element.technology).name,
      })),
    [elements, orders.elements, technologies],
  );
  return (
    <Rows
      caption="Flows"
      columns={COLUMNS}
      ids={inOrder(flows, orders.flows).map((flow) => flow.id)}
      add={<AddRow elements={options} />}
      row={(id) => {
        const flow = flows[id];
        return flow ? <FlowRow key={id} flow={flow} elements={options} /> : null;
      }}
    />
  );
}

function FlowRow({ flow, elements }: { flow: FlowView; elements: readonly Option[] }) {
  const view = useSession((state) => state.view);
  const { id, label } = flow;
  const { act } = useActions();
  const change = useChange([id]);
  return (
    <Row id={id} label={label} onCopy={() => void act(copying([id], view), { undo: true })}>
      <th scope="row">
        <Field
          bare
          label={`Name of ${label}`}
          value={flow.name}
          placeholder={label}
          onCommit={(name) => change({ name })}
        />
      </th>
      <td>
        <Combobox
          bare
          label={`Where ${label} comes from`}
          value={flow.source}
          options={elements}
          onCommit={(source) => change({ source })}
        />
      </td>
      <td>
        <Combobox
          bare
          label={`Where ${label} goes to`}
          value={flow.target}
          options={elements}
          onCommit={(target) => change({ target })}
        />
      </td>
      <td>
        <AssetCell id={id} label={label} field="carries" value={flow.carries} />
      </td>
      <td>
        <FindingsCell id={id} label={label} />
      </td>
    </Row>
  );
}

/** The last row is empty: from, to and perhaps a name, and Enter connects. */
function AddRow({ elements }: { elements: readonly Option[] }) {
  const { act } = useActions();
  const [name, setName] = useState("");
  const [source, setSource] = useState("");
  const [target, setTarget] = useState("");
  const [error, setError] = useState("");
  const add = async (): Promise<void> => {
    if (!source || !target) return setError("Choose where the flow comes from and where it goes to.");
    const thing = { source, target, ...(name.trim() ? { name: name.trim() } : {}) };
    setName(""); // at once: a second Enter while the first is on its way must not draw it twice
    setTarget("");
    const { done, refusal } = await act({ op: "add", part: "flows", thing }, { undo: true });
    setError(refusal);
    if (done) return;
    setName((typed) => typed || name);
    setTarget((chosen) => chosen || target);
  };
  return (
    <tr className="nbt-add-row">
      <td />
      <th scope="row">
        <input
          className="nbt-input"
          aria-label="Name of a new flow"
          placeholder="New flow"
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
          label="Where a new flow comes from"
          value={source}
          options={elements}
          placeholder="From"
          onCommit={keeping(setSource)}
          onEnter={() => void add()}
        />
      </td>
      <td>
        <Combobox
          bare
          label="Where a new flow goes to"
          value={target}
          options={elements}
          placeholder="To"
          onCommit={keeping(setTarget)}
          onEnter={() => void add()}
        />
      </td>
      <td />
      <td />
      <td>
        <button type="button" className="nbt-button nbt-button-small" onClick={() => void add()}>
          Add flow
        </button>
      </td>
    </tr>
  );
}
