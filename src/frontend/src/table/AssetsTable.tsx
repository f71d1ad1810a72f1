/** The assets, row by row. */

import { useState } from "react";
import type { AssetView } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { Combobox } from "../forms/Combobox";
import { copying } from "./copying";
import { keeping } from "../forms/draft";
import { Field, Select } from "../forms/Field";
import { useChange } from "../shell/hooks";
import { Row, Rows } from "./Rows";
import { inOrder, plain } from "../shell/words";

const COLUMNS = ["Name", "Kind", "Sensitivity", "About people", "Actions"];
const YES_NO = [
  { value: "", label: "Not known" },
  { value: "yes", label: "Yes" },
  { value: "no", label: "No" },
];

export function AssetsTable() {
  const assets = useSession((state) => state.view.assets);
  const order = useSession((state) => state.orders.assets);
  return (
    <Rows
      caption="Assets"
      columns={COLUMNS}
      ids={inOrder(assets, order).map((asset) => asset.id)}
      add={<AddRow />}
      row={(id) => {
        const asset = assets[id];
        return asset ? <AssetRow key={id} asset={asset} /> : null;
      }}
    />
  );
}

function AssetRow({ asset }: { asset: AssetView }) {
  const kinds = useSession((state) => state.vocabulary?.kinds) ?? [];
  const sensitivities = useSession((state) => state.vocabulary?.sensitivities) ?? [];
  const view = useSession((state) => state.view);
  const { id, label } = asset;
  const { act } = useActions();
  const change = useChange([id]);
  const levels = [{ value: "", label: "Not known" }, ...sensitivities.map((value) => ({ value, label: plain(value) }))];
  const personal = asset.personal === null ? "" : asset.personal ? "yes" : "no";
  return (
    <Row id={id} label={label} onCopy={() => void act(copying([id], view), { undo: true })}>
      <th scope="row">
        <Field
          bare
          label={`Name of ${label}`}
          value={asset.name}
          placeholder={label}
          onCommit={(name) => change({ name })}
        />
      </th>
      <td>
        <Combobox
          bare
          label={`Kind of ${label}`}
          value={asset.kind}
          options={kinds}
          onCommit={(kind) => change({ kind })}
        />
      </td>
      <td>
        <Select
          bare
          label={`Sensitivity of ${label}`}
          value={asset.sensitivity ?? ""}
          choices={levels}
          onCommit={(value) => change({ sensitivity: value || null })}
        />
      </td>
      <td>
        <Select
          bare
          label={`Whether ${label} is about people who can be identified`}
          value={personal}
          choices={YES_NO}
          onCommit={(value) => change({ personal: value === "" ? null : value === "yes" })}
        />
      </td>
    </Row>
  );
}

/** The last row is empty: a name and a kind, and Enter adds. */
function AddRow() {
  const kinds = useSession((state) => state.vocabulary?.kinds) ?? [];
  const { act } = useActions();
  const [name, setName] = useState("");
  const [kind, setKind] = useState("");
  const [error, setError] = useState("");
  const add = async (): Promise<void> => {
    if (!name.trim() || !kind) return setError("Give the asset a name, and choose its kind.");
    setName(""); // at once: a second Enter while the first is on its way must not draw it twice
    const { done, refusal } = await act(
      { op: "add", part: "assets", thing: { name: name.trim(), kind } },
      { undo: true },
    );
    setError(refusal);
    if (!done) setName((typed) => typed || name);
  };
  return (
    <tr className="nbt-add-row">
      <td />
      <th scope="row">
        <input
          className="nbt-input"
          aria-label="Name of a new asset"
          placeholder="New asset"
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
          label="Kind of a new asset"
          value={kind}
          options={kinds}
          placeholder="What it is"
          onCommit={keeping(setKind)}
          onEnter={() => void add()}
        />
      </td>
      <td />
      <td />
      <td>
        <button type="button" className="nbt-button nbt-button-small" onClick={() => void add()}>
          Add asset
        </button>
      </td>
    </tr>
  );
}
