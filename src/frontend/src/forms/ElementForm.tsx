/** One element: what it is, where it stands, what it holds and can do, what is so of it and what protects it. */

import { useState } from "react";
import type { ElementView } from "../shell/protocol";
import { useSession } from "../shell/store";
import { AnswerList } from "./AnswerList";
import { AssetChoice } from "./AssetChoice";
import { Combobox } from "./Combobox";
import { Field, Select, type Choice } from "./Field";
import { useChange, usePlace, usePutInto } from "../shell/hooks";
import { TriList } from "./TriList";
import { inOrder, termOf } from "../shell/words";

const NOTHING_ELSE: Choice = { value: "", label: "Nothing else" };
const OUTSIDE: Choice = { value: "", label: "In no boundary" };

/** The boundaries to choose from, without those in `except`. */
export function useBoundaries(except: readonly string[] = []): readonly Choice[] {
  const boundaries = useSession((state) => state.view.boundaries);
  const order = useSession((state) => state.orders.boundaries);
  const others = inOrder(boundaries, order).filter((boundary) => !except.includes(boundary.id));
  return [OUTSIDE, ...others.map((boundary) => ({ value: boundary.id, label: boundary.label }))];
}

export function ElementForm({ element }: { element: ElementView }) {
  const technologies = useSession((state) => state.vocabulary?.technologies) ?? [];
  const boundaries = useBoundaries();
  const change = useChange([element.id]);
  const putInto = usePutInto();
  const place = usePlace();
  const { id, x, y } = element;
  return (
    <>
      <Field label="Name" value={element.name} placeholder={element.label} onCommit={(name) => change({ name })} />
      <Combobox
        label="Technology"
        value={element.technology}
        options={technologies}
        help={termOf(technologies, element.technology).what}
        onCommit={(technology) => change({ technology })}
      />
      <Select
        label="Also"
        value={element.also ?? ""}
        choices={[NOTHING_ELSE, ...technologies.map((term) => ({ value: term.id, label: term.name }))]}
        onCommit={(also) => change({ also: also || null })}
      />
      <Select
        label="Trust boundary"
        value={element.boundary ?? ""}
        choices={boundaries}
        onCommit={(into) => putInto([id], into || null)}
      />
      <div className="nbt-pair">
        <Field label="x" type="number" value={String(Math.round(x))} onCommit={(text) => place(id, text, y)} />
        <Field label="y" type="number" value={String(Math.round(y))} onCommit={(text) => place(id, x, text)} />
      </div>
      <details className="nbt-section" open>
        <summary>
          <h3>What it holds</h3>
        </summary>
        <AssetChoice id={id} field="holds" value={element.holds} label="Assets that are kept here" />
      </details>
      <AnswerList ids={[id]} kind="facts" />
      <AnswerList ids={[id]} kind="controls" />
      <Capabilities element={element} />
      <Settings element={element} />
      <Field label="Note" lines={3} value={element.note} onCommit={(note) => change({ note })} />
    </>
  );
}

function Capabilities({ element }: { element: ElementView }) {
  const capabilities = useSession((state) => state.vocabulary?.capabilities) ?? [];
  const change = useChange([element.id]);
  return (
    <details className="nbt-section">
      <summary>
        <h3>What it can do</h3>
      </summary>
      <div className="nbt-stack">
        <TriList
          label="What it can do, needed or not"
          value={element.provides}
          options={capabilities}
          onChange={(list) => void change({ provides: list && [...list] })}
        />
        <TriList
          label="What the system needs of that"
          value={element.needs}
          options={capabilities}
          onChange={(list) => void change({ needs: list && [...list] })}
        />
      </div>
    </details>
  );
}

/** "true", "12" and "0.7" are an answer and numbers; everything else is text. */
export function settingOf(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) ? Number(text) : text;
}

function Settings({ element }: { element: ElementView }) {
  const change = useChange([element.id]);
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [error, setError] = useState("");
  const add = async (): Promise<void> => {
    if (!name.trim()) return setError("Give the setting a name, such as temperature.");
    const refusal = await change({ settings: { [name.trim()]: settingOf(value.trim()) } });
    setError(refusal);
    if (refusal) return;
    setName("");
    setValue("");
  };
  return (
    <details className="nbt-section">
      <summary>
        <h3>Settings</h3>
        <span className="nbt-soft">configuration whose change asks for a review</span>
      </summary>
      {Object.entries(element.settings).map(([key, now]) => (
        <div key={key} className="nbt-row">
          <div className="nbt-grow">
            <Field
              label={key}
              value={String(now)}
              onCommit={(text) => change({ settings: { [key]: settingOf(text) } })}
            />
          </div>
          <button
            type="button"
            className="nbt-button"
            aria-label={`Remove ${key}`}
            onClick={() => void change({ settings: { [key]: null } })}
          >
            Remove
          </button>
        </div>
      ))}
      <form
        className="nbt-add"
        aria-label="Add a setting"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <label className="nbt-grow">
          <span className="nbt-label">New setting</span>
          <input className="nbt-input" value={name} onChange={(event) => setName(event.target.value)} />
        </label>
        <label className="nbt-grow">
          <span className="nbt-label">Value</span>
          <input className="nbt-input" value={value} onChange={(event) => setValue(event.target.value)} />
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
    </details>
  );
}
