import { useActions, useSession, useUi } from "./store";
import { Disconnected, Journals, Recovered } from "./Notices";
import { connectingWords, savingWords } from "./saving";

export function StatusLine() {
  const status = useSession((state) => state.view.status.status);
  const counts = useSession((state) => state.view.counts.counts);
  const chosen = useSession((state) => state.selection.length);
  const mark = useSession((state) => savingWords(state.view.status.status, state).mark);
  const text = useSession((state) => savingWords(state.view.status.status, state).text);
  return (
    <footer className="nbt-footer">
      <Disconnected />
      <Recovered />
      <Journals />
      <Offer />
      {/* Read aloud by the announcer, which does not repeat each save. */}
      <div className="nbt-status" role="status" aria-live="off" tabIndex={-1}>
        <span className="nbt-saving" data-bad={mark === "!"}>
          <b aria-hidden="true">{mark}</b> {text}
        </span>
        {status?.path && <span className="nbt-soft nbt-path">{status.path}</span>}
        <Connecting />
        <span className="nbt-grow" />
        {chosen > 0 && <span className="nbt-soft">{chosen} selected</span>}
        {counts && (
          <span>
            <span aria-hidden="true">◆</span> {counts.open} open
          </span>
        )}
        {counts && (
          <span>
            <span aria-hidden="true">○</span> {counts.possible} possible
          </span>
        )}
        {counts && (
          <span>
            <span aria-hidden="true">?</span> {counts.toClarify} to clarify
          </span>
        )}
        {counts && <span className="nbt-soft">{counts.mitigated} mitigated</span>}
      </div>
    </footer>
  );
}

function Connecting() {
  const connecting = useUi((state) => state.connecting);
  const elements = useSession((state) => state.view.elements);
  if (!connecting) return null;
  return <strong className="nbt-connecting">{connectingWords(connecting, (id) => elements[id]?.label ?? id)}</strong>;
}

/** What somebody else changed in the file, to be taken in. */
function Offer() {
  const offer = useSession((state) => state.view.status.status?.offer);
  const clashes = useSession((state) => state.view.status.status?.clashes);
  const { act } = useActions();
  if (!offer || offer.length === 0) return null;
  const clash = (clashes?.length ?? 0) > 0;
  return (
    <section className="nbt-offer" aria-label="Changed outside">
      <div>
        <strong>The file was changed outside this drawing</strong>
        <ul>
          {offer.map((change) => (
            <li key={change}>{change}</li>
          ))}
        </ul>
        {clash && <p>Both sides changed: {clashes?.join(", ")}.</p>}
      </div>
      <div className="nbt-row">
        <button
          type="button"
          className="nbt-button nbt-button-primary"
          onClick={() => void act({ op: "merge", prefer: "mine" }, { undo: true })}
        >
          {clash ? "Take in, mine where both changed" : "Take in"}
        </button>
        {clash && (
          <button
            type="button"
            className="nbt-button"
            onClick={() => void act({ op: "merge", prefer: "theirs" }, { undo: true })}
          >
            Take in, theirs where both changed
          </button>
        )}
      </div>
    </section>
  );
}
