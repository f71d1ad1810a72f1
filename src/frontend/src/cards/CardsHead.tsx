/** Above and below the cards: how many there are, which are shown, and the way to the others. */

import { useEffect, useState } from "react";
import type { FindingState } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { counted, FINDING_STATES, labelOf, STATES } from "../shell/words";

const PAGE = 12;
const SEARCH_MS = 200;

export function CardsHead() {
  const counts = useSession((state) => state.view.counts.counts);
  const selection = useSession((state) => state.selection);
  const view = useSession((state) => state.view);
  const states = useSession((state) => state.states);
  const { select, show } = useActions();
  const flip = (findingState: FindingState): void =>
    show(
      states.includes(findingState) ? states.filter((state) => state !== findingState) : [...states, findingState],
      0,
    );
  const words = counts ? [`${counts.open} open`, `${counts.possible} possible`] : [];
  if (counts?.toClarify) words.push(`${counts.toClarify} to clarify`);
  if (counts?.mitigated) words.push(`${counts.mitigated} mitigated`);
  if (counts?.decided) words.push(`${counts.decided} decided`);
  if (counts?.setAside) words.push(`${counts.setAside} set aside`);
  return (
    <>
      <div className="nbt-panel-head">
        <h2 data-heading tabIndex={-1}>
          Threats
        </h2>
        <span role="status" className="nbt-soft">
          {words.join(", ")}
        </span>
      </div>
      {selection.length > 0 ? (
        <p className="nbt-row">
          <span>{`At ${selection.length === 1 ? labelOf(view, selection[0] ?? "") : counted(selection.length, "selected thing")}.`}</span>
          <button type="button" className="nbt-link" onClick={() => select([])}>
            Show all
          </button>
        </p>
      ) : null}
      <Search />
      <div className="nbt-row" role="group" aria-label="Which threats are shown">
        {FINDING_STATES.map((findingState) => (
          <button
            key={findingState}
            type="button"
            className="nbt-chip"
            aria-pressed={states.includes(findingState)}
            title={STATES[findingState].what}
            onClick={() => flip(findingState)}
          >
            <span aria-hidden="true">{STATES[findingState].shape}</span>
            {STATES[findingState].word}
          </button>
        ))}
      </div>
    </>
  );
}

/** What is typed is looked for after a short rest, not letter by letter. */
function Search() {
  const filter = useSession((state) => state.filter);
  const { search } = useActions();
  const [typed, setTyped] = useState<string | null>(null);
  useEffect(() => {
    if (typed === null) return;
    const timer = setTimeout(() => {
      search(typed);
      setTyped(null);
    }, SEARCH_MS);
    return () => clearTimeout(timer);
  }, [typed, search]);
  return (
    <label className="nbt-find">
      <span className="nbt-label">Find a threat</span>
      <input
        type="search"
        className="nbt-input"
        value={typed ?? filter}
        placeholder="words of its title or reason"
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  );
}

export function Nothing() {
  const narrowed = useSession((state) => state.filter !== "" || state.states.length > 0 || state.selection.length > 0);
  return (
    <p className="nbt-soft">
      {narrowed
        ? "None that fits. Take away the words, the states or the selection to see others."
        : "None yet. Draw more of the system, or answer a question: what is not drawn cannot be looked at."}
    </p>
  );
}

export function Paging() {
  const answer = useSession((state) => state.cards);
  const states = useSession((state) => state.states);
  const { show } = useActions();
  if (!answer || answer.total === 0) return null;
  const { skip, total, cards, hidden, why } = answer;
  const last = skip + cards.length >= total;
  const range = skip > 0 ? `${skip + 1} to ${skip + cards.length}` : String(cards.length);
  return (
    <nav className="nbt-row nbt-paging" aria-label="More threats">
      <span className="nbt-grow">{`${range} of ${total} shown${why ? `, ${why}` : ""}`}</span>
      {hidden > 0 || skip > 0 ? (
        <>
          <button
            type="button"
            className="nbt-button"
            aria-disabled={skip === 0}
            onClick={() => skip > 0 && show(states, Math.max(0, skip - PAGE))}
          >
            Previous
          </button>
          <button
            type="button"
            className="nbt-button"
            aria-disabled={last}
            onClick={() => !last && show(states, skip + cards.length)}
          >
            Next
          </button>
        </>
      ) : null}
    </nav>
  );
}
