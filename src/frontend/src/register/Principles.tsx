/** The 13 principles of the Code: what the records say of each. Records can show that something is met; they never clear a system. */

import { useId, useState } from "react";
import type { PrincipleAnswer, PrincipleView } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { useAnswer } from "../shell/hooks";
import { Reason } from "../forms/Reason";
import { inOrder, plain } from "../shell/words";

const NOT_APPLICABLE = "not applicable";
const ALL = Array.from({ length: 13 }, (_, n) => n + 1);

/** The counts of one principle in words; also what its button is called. */
export function countsOf(principle: PrincipleView): string {
  const words = [
    `${principle.satisfied} satisfied`,
    `${principle.notSatisfied} not satisfied`,
    `${principle.inconclusive} inconclusive`,
  ];
  if (principle.nothingDrawn > 0) words.push(`${principle.nothingDrawn} with nothing drawn`);
  if (principle.notApplicable > 0) words.push(`${principle.notApplicable} not applicable`);
  if (principle.open > 0) words.push(`${principle.open} open findings`);
  return words.join(", ");
}

export function Principles() {
  const id = useId();
  const principles = useSession((state) => state.view.principles);
  const order = useSession((state) => state.orders.principles);
  const [open, setOpen] = useState<number | null>(null);
  return (
    <section className="nbt-principles" aria-label="Principles of the Code">
      <ul className="nbt-strip" aria-busy={order.length === 0}>
        {order.length === 0 &&
          ALL.map((number) => (
            // their room is kept, so that nothing moves under the hand when they come
            <li key={number} aria-hidden="true">
              <div className="nbt-button nbt-principle">
                <strong>{number}</strong>
                <span className="nbt-small">…</span>
                <span className="nbt-bar" />
              </div>
            </li>
          ))}
        {inOrder(principles, order).map((principle) => (
          <li key={principle.number}>
            <button
              type="button"
              className="nbt-button nbt-principle"
              aria-expanded={open === principle.number}
              aria-controls={`${id}-open`}
              title={`${principle.title}: ${countsOf(principle)}`}
              aria-label={`Principle ${principle.number}, ${principle.title}: ${countsOf(principle)}`}
              onClick={() => setOpen(open === principle.number ? null : principle.number)}
            >
              <strong>{principle.number}</strong>
              <span className="nbt-small">{`✓${principle.satisfied} ✗${principle.notSatisfied} ?${principle.inconclusive}`}</span>
              <Bar principle={principle} />
            </button>
          </li>
        ))}
      </ul>
      <div id={`${id}-open`} hidden={open === null}>
        {open === null ? null : <Opened key={open} number={open} onClose={() => setOpen(null)} />}
      </div>
    </section>
  );
}

/** How much of each, as widths with patterns; the text beside it says the same. */
function Bar({ principle }: { principle: PrincipleView }) {
  const parts = [
    ["satisfied", principle.satisfied],
    ["not-satisfied", principle.notSatisfied],
    ["inconclusive", principle.inconclusive],
    ["not-applicable", principle.notApplicable],
  ] as const;
  return (
    <span className="nbt-bar" aria-hidden="true">
      {parts.map(([verdict, count]) =>
        count > 0 ? <span key={verdict} data-verdict={verdict} style={{ flexGrow: count }} /> : null,
      )}
    </span>
  );
}

function Opened({ number, onClose }: { number: number; onClose: () => void }) {
  const when = useSession((state) => `${state.revision}/${state.view.status.status?.settled ?? 0}`);
  const { data, error } = useAnswer<PrincipleAnswer>({ ask: "principle", number }, when);
  if (!data) return <p role="status">{error || "Reading the records …"}</p>;
  return (
    <section className="nbt-panel" aria-label={`Principle ${data.number}`}>
      <div className="nbt-panel-head">
        <h3>{`Principle ${data.number}: ${data.title}`}</h3>
        <button type="button" className="nbt-button" onClick={onClose}>
          Close
        </button>
      </div>
      <ul className="nbt-plain nbt-stack">
        {data.provisions.map((provision) => (
          <Provision key={provision.id} provision={provision} />
        ))}
      </ul>
    </section>
  );
}

function Provision({ provision }: { provision: PrincipleAnswer["provisions"][number] }) {
  const { id, modality, summary, verdict, because, offers } = provision;
  const { act } = useActions();
  const [reason, setReason] = useState<string | null>(null); // the reason to begin with, while one is asked for
  const exclude = async (text: string): Promise<string> => {
    const { done, refusal } = await act({ op: "exclude", provision: id, reason: text }, { undo: true });
    if (done) setReason(null);
    return refusal;
  };
  return (
    <li>
      <h4>
        {`${id} (${modality})`}{" "}
        <span className="nbt-badge" data-verdict={verdict.replaceAll(" ", "-")}>
          {plain(verdict)}
        </span>
      </h4>
      <p>{summary}</p>
      <p className="nbt-soft">{because}</p>
      {offers.map((offer) => (
        <p key={offer} className="nbt-row">
          <span className="nbt-grow">{`It may not apply here: ${offer}`}</span>
          <button
            type="button"
            className="nbt-button nbt-button-small"
            aria-label={`${id} does not apply here: ${offer}`}
            onClick={() => setReason(offer)}
          >
            Does not apply here …
          </button>
        </p>
      ))}
      {offers.length === 0 && verdict !== NOT_APPLICABLE ? (
        <button
          type="button"
          className="nbt-link"
          aria-label={`${id} does not apply here …`}
          onClick={() => setReason("")}
        >
          Does not apply here …
        </button>
      ) : null}
      {reason === null ? null : (
        <Reason
          label={`Why ${id} does not apply here`}
          button="Keep the reason"
          start={reason}
          onSubmit={exclude}
          onClose={() => setReason(null)}
        />
      )}
    </li>
  );
}
