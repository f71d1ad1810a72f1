/** Assets: what is worth protecting. Data, models, prompts, credentials. */

import { useState } from "react";
import type { AssetView } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { Combobox } from "./Combobox";
import { Field, Select } from "./Field";
import { useChange } from "../shell/hooks";
import { ThreeState } from "./ThreeState";
import { inOrder, plain } from "../shell/words";

/** All assets, each to open and change or to take away, and a line to add one. */
export function Assets() {
  const assets = useSession((state) => state.view.assets);
  const order = useSession((state) => state.orders.assets);
  const [open, setOpen] = useState<string | null>(null);
  const { act } = useActions();
  return (
    <details className="nbt-section" open>
      <summary>
        <h3>Assets</h3>
        <span className="nbt-soft">what is worth protecting</span>
      </summary>
      <ul className="nbt-plain">
        {inOrder(assets, order).map((asset) => (
          <li key={asset.id}>
            <div className="nbt-row">
              <span className="nbt-grow">{asset.label}</span>
              <button
                type="button"
                className="nbt-button nbt-button-small"
                aria-expanded={open === asset.id}
                aria-label={`Edit ${asset.label}`}
                onClick={() => setOpen(open === asset.id ? null : asset.id)}
              >
                Edit
              </button>
              <button
                type="button"
                className="nbt-button nbt-button-small"
                aria-label={`Remove ${asset.label}`}
                onClick={() => void act({ op: "remove", ids: [asset.id] }, { undo: true })}
              >
                Remove
              </button>
            </div>
            {open === asset.id ? (
              <div className="nbt-inset">
                <AssetForm asset={asset} />
              </div>
            ) : null}
          </li>
        ))}
      </ul>
      <AddAsset />
    </details>
  );
}

export function AssetForm({ asset }: { asset: AssetView }) {
  const kinds = useSession((state) => state.vocabulary?.kinds) ?? [];
  const sensitivities = useSession((state) => state.vocabulary?.sensitivities) ?? [];
  const change = useChange([asset.id]);
  return (
    <div className="nbt-stack">
      <Field label="Name" value={asset.name} placeholder={asset.label} onCommit={(name) => change({ name })} />
      <Combobox label="Kind" value={asset.kind} options={kinds} onCommit={(kind) => change({ kind })} />
      <Select
        label="Sensitivity"
        value={asset.sensitivity ?? ""}
        onCommit={(value) => change({ sensitivity: value || null })}
        help="How much harm it does when it gets out."
        choices={[{ value: "", label: "Not known" }, ...sensitivities.map((value) => ({ value, label: plain(value) }))]}
      />
      <ThreeState
        label="Is it about people who can be identified?"
        value={asset.personal}
        onChoose={(personal) => void change({ personal })}
      />
      <Field label="Note" lines={2} value={asset.note} onCommit={(note) => change({ note })} />
    </div>
  );
}

/** A name and a kind make an asset; `onMade` is told its id. What was typed stays where it was refused. */
export function AddAsset({ onMade }: { onMade?: (id: string) => void }) {
  const kinds = useSession((state) => state.vocabulary?.kinds) ?? [];
  const { act } = useActions();
  const [name, setName] = useState("");
  const [kind, setKind] = useState("");
  const [error, setError] = useState("");
  const add = async (): Promise<void> => {
    if (!name.trim()) return setError("Give the asset the name people use for it.");
    const thing = { name: name.trim(), kind: kind || (kinds[0]?.id ?? "data") };
    const { done, refusal } = await act({ op: "add", part: "assets", thing }, { undo: true });
    setError(refusal);
    if (!done) return;
    setName("");
    if (done.made[0] !== undefined) onMade?.(done.made[0]);
  };
  return (
    <form
      className="nbt-add"
      aria-label="Add an asset"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <label className="nbt-grow">
        <span className="nbt-label">New asset</span>
        <input
          className="nbt-input"
          value={name}
          onChange={(event) => setName(event.target.value)}
          placeholder="such as Customer letters"
        />
      </label>
      <label>
        <span className="nbt-label">Kind</span>
        <select
          className="nbt-input"
          value={kind || (kinds[0]?.id ?? "")}
          onChange={(event) => setKind(event.target.value)}
        >
          {kinds.map((term) => (
            <option key={term.id} value={term.id}>
              {term.name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="nbt-button">
        Add
      </button>
      {error ? (
        <span role="alert" className="nbt-field-error">
          {error}
        </span>
      ) : null}
    </form>
  );
}
