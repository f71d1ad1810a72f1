/** Ways to begin: a starter, a blank drawing, a file that is there, or five answers. */

import { useId, useState } from "react";
import type { DoBegin, PictureView, StarterView } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { describing } from "./Field";
import { FiveQuestions } from "./FiveQuestions";
import { counted } from "../shell/words";

const LARGEST = 10_000_000; // characters

export function Start() {
  const starters = useSession((state) => state.view.status.status?.starters);
  return (
    <section className="nbt-panel nbt-start" aria-label="Start">
      <div className="nbt-panel-head">
        <h2>What are we working on?</h2>
        <span className="nbt-soft">Begin with something near to it; everything can be changed.</span>
      </div>
      <ul className="nbt-starters">
        {starters?.map((starter) => (
          <li key={starter.id}>
            <Starter starter={starter} />
          </li>
        ))}
        <li>
          <Begin
            op={{ op: "begin", starter: "blank" }}
            name="Blank drawing"
            use="Nothing is drawn yet. For those who know what they want."
          />
        </li>
      </ul>
      <details className="nbt-section">
        <summary>
          <h3>Answer five questions</h3>
        </summary>
        <FiveQuestions />
      </details>
      <details className="nbt-section">
        <summary>
          <h3>Open a system file</h3>
        </summary>
        <OpenFile />
      </details>
    </section>
  );
}

function Starter({ starter }: { starter: StarterView }) {
  const { id, name, use, elements, flows, picture } = starter;
  const size = picture ? `${counted(elements, "element")}, ${counted(flows, "flow")}` : ""; // files are counted once opened
  return <Begin op={{ op: "begin", starter: id }} name={name} use={use} size={size} picture={picture} />;
}

function Begin({
  op,
  name,
  use,
  size,
  picture,
}: {
  op: DoBegin;
  name: string;
  use: string;
  size?: string;
  picture?: PictureView | null;
}) {
  const id = useId();
  const { act } = useActions();
  const [error, setError] = useState("");
  return (
    <div className="nbt-card">
      <h3>
        <button
          type="button"
          className="nbt-threat-title"
          aria-describedby={`${id}-use`}
          onClick={() => void act(op).then(({ refusal }) => setError(refusal))}
        >
          {name}
        </button>
      </h3>
      <p id={`${id}-use`}>
        {use} {size ? <span className="nbt-soft">{size}</span> : null}
      </p>
      {picture ? <Picture picture={picture} /> : null}
      {error ? (
        <p role="alert" className="nbt-field-error">
          {error}
        </p>
      ) : null}
    </div>
  );
}

const BOX = { width: 160, height: 66, rx: 8 };

function Picture({ picture }: { picture: PictureView }) {
  const { width, height, boxes, lines, words } = picture;
  return (
    <svg
      className="nbt-picture"
      viewBox={`-4 -4 ${width + 8} ${height + 8}`}
      role="img"
      aria-label={`Drawn in it: ${words}`}
    >
      {lines.map(([x1, y1, x2, y2], n) => (
        <line key={n} x1={x1} y1={y1} x2={x2} y2={y2} />
      ))}
      {boxes.map(([x, y], n) => (
        <rect key={n} x={x} y={y} {...BOX} />
      ))}
    </svg>
  );
}

/** A file picked, or its text pasted. A refused text stays, so that what is wrong in it can be put right. */
function OpenFile() {
  const id = useId();
  const { act } = useActions();
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const { attributes, notes } = describing(id, "What is drawn now stays as it is if the text cannot be read.", error);
  const begin = async (whole: string): Promise<void> => {
    if (!whole.trim()) return setError("There is nothing to open yet. Pick a file, or paste its text.");
    if (whole.length > LARGEST) return setError("The text is longer than a system file can be. Is it the right file?");
    setError((await act({ op: "begin", text: whole })).refusal);
  };
  const read = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    if (file.size > LARGEST) return setError(`${file.name} is larger than a system file can be. Is it the right file?`);
    try {
      const whole = await file.text();
      setText(whole);
      await begin(whole);
    } catch {
      setError(`${file.name} could not be read. Open it in an editor and paste its text instead.`);
    }
  };
  return (
    <form
      className="nbt-stack"
      aria-label="Open a system file"
      onSubmit={(event) => {
        event.preventDefault();
        void begin(text);
      }}
    >
      <div className="nbt-field">
        <label htmlFor={`${id}-file`}>System file</label>
        <input
          id={`${id}-file`}
          type="file"
          accept=".yaml,.yml,text/yaml,text/plain"
          onChange={(event) => void read(event.target.files?.[0])}
        />
      </div>
      <div className="nbt-field">
        <label htmlFor={id}>Or paste its text</label>
        <textarea
          id={id}
          rows={6}
          className="nbt-mono"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
          {...attributes}
        />
        {notes}
      </div>
      <div className="nbt-row">
        <button type="submit" className="nbt-button nbt-button-primary">
          Open this text
        </button>
      </div>
    </form>
  );
}
