import { useEffect, useRef, useState } from "react";
import type { JournalView } from "./protocol";
import { useActions, useSession, useUi } from "./store";
import { counted } from "./words";
import { Icon } from "./icons";
import { connectingWords, savingWords, silentWords } from "./saving";

const SHOWN_MS = 12_000;

/** The last thing that was done or refused, with its way back; it stays while somebody points at it. */
export function Notices() {
  const notice = useSession((state) => state.notice);
  const [held, setHeld] = useState(false);
  const { run, hush } = useActions();
  useEffect(() => {
    if (!notice || held) return;
    const timer = setTimeout(hush, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice, held, hush]);
  return (
    <div className="nbt-notices">
      {notice && (
        <div
          className="nbt-notice"
          data-kind={notice.kind}
          onPointerEnter={() => setHeld(true)}
          onPointerLeave={() => setHeld(false)}
          onFocus={() => setHeld(true)}
          onBlur={() => setHeld(false)}
        >
          {notice.kind === "refused" && <b aria-hidden="true">!</b>}
          <span className="nbt-grow">{notice.text}</span>
          {notice.undo && (
            <button
              type="button"
              className="nbt-button nbt-button-small"
              onClick={() => {
                hush();
                run({ name: "undo" });
              }}
            >
              <Icon name="undo" />
              Undo
            </button>
          )}
          <Dismiss press={hush} />
        </div>
      )}
    </div>
  );
}

/** That nothing drawn here is kept any more, and what to do: said at once, and aloud. */
export function Disconnected() {
  const absence = useSession((state) => state.absence);
  const words = useSession(silentWords);
  return (
    <div role="alert">
      {absence && (
        <div className="nbt-offer" data-kind="disconnected">
          <span>
            <b aria-hidden="true">!</b> {words}
          </span>
        </div>
      )}
    </div>
  );
}

/** What was brought back after a stop, until somebody has read it. */
export function Recovered() {
  const recovered = useSession((state) => state.view.status.status?.recovered ?? "");
  const [read, setRead] = useState("");
  if (!recovered || recovered === read) return null;
  return (
    <div className="nbt-offer" data-kind="recovered">
      <span>{recovered}</span>
      <Dismiss press={() => setRead(recovered)} />
    </div>
  );
}

/** Journals that lie beside the file and were not taken in by themselves: each to take in or to delete. */
export function Journals() {
  const journals = useSession((state) => state.view.status.status?.journals);
  return journals?.map((journal) => <Journal key={journal.name} journal={journal} />);
}

function Journal({ journal }: { journal: JournalView }) {
  const { act } = useActions();
  const [sure, setSure] = useState(false);
  const { name, why, readable, edits, until, changes, decisions, roles } = journal;
  return (
    <section className="nbt-offer" aria-label={`Journal ${name}`}>
      <div>
        <strong>Edits of another session lie beside the file</strong>
        <p>{`${name}: ${why}`}</p>
        {readable && (
          <>
            <p>
              {`${counted(edits, "edit")}, the last at ${until}; ${counted(decisions, "decision")}`}
              {roles.length > 0 && `, by ${roles.join(", ")}`}.
            </p>
            <ul>
              {changes.map((change) => (
                <li key={change}>{change}</li>
              ))}
            </ul>
          </>
        )}
      </div>
      <div className="nbt-row">
        {readable && (
          <button
            type="button"
            className="nbt-button nbt-button-primary"
            onClick={() => void act({ op: "take-journal", name }, { undo: true })}
          >
            Take in
          </button>
        )}
        {sure ? (
          <>
            <button type="button" className="nbt-button" onClick={() => void act({ op: "drop-journal", name })}>
              Delete it for good
            </button>
            <button type="button" className="nbt-button" onClick={() => setSure(false)}>
              Keep it
            </button>
          </>
        ) : (
          <button type="button" className="nbt-button" onClick={() => setSure(true)}>
            Discard …
          </button>
        )}
      </div>
    </section>
  );
}

function Dismiss({ press }: { press(): void }) {
  return (
    <button
      type="button"
      className="nbt-button nbt-button-quiet nbt-button-icon"
      aria-label="Close this message"
      onClick={press}
    >
      <Icon name="close" />
    </button>
  );
}

/** What is read aloud: notices and counts as they come, saving once work has rested. */
export function Announcer() {
  const notice = useSession((state) => state.notice);
  const recovered = useSession((state) => state.view.status.status?.recovered ?? "");
  const counts = useSession((state) => state.view.counts.counts);
  const elements = useSession((state) => state.view.elements);
  const connecting = useUi((state) => state.connecting);
  const text = useSession((state) => savingWords(state.view.status.status, state).text);
  const mark = useSession((state) => savingWords(state.view.status.status, state).mark);
  const [saved, setSaved] = useState("");
  const last = useRef("");

  useEffect(() => {
    const kind = mark === "✓" ? "Saved" : text;
    if (mark === "…" || kind === last.current) return;
    const timer = setTimeout(() => {
      if (last.current !== "" || mark === "!") setSaved(text);
      last.current = kind;
    }, 2_000);
    return () => clearTimeout(timer);
  }, [text, mark]);

  const heard = counts ? `${counts.open} open, ${counts.possible} possible, ${counts.toClarify} to clarify` : "";
  return (
    <div className="nbt-hidden">
      <div aria-live="polite">{recovered}</div>
      <div aria-live="polite">{notice?.text}</div>
      <div aria-live="polite">{heard}</div>
      <div aria-live="polite">{saved}</div>
      <div aria-live="polite">{connecting && connectingWords(connecting, (id) => elements[id]?.label ?? id)}</div>
    </div>
  );
}
