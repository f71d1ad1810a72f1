/** What an operation would change, in words, before somebody says yes to it. */

import { useState } from "react";
import type { Fields, Operation, PreviewAnswer } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { useAnswer, useFocusAtFirst } from "../shell/hooks";

interface Props {
  op: Operation;
  /** What is about to be done: "Add input filter to Screening assistant". */
  what: string;
  onClose: (done: boolean) => void;
}

export function Preview({ op, what, onClose }: Props) {
  const when = useSession((state) => state.revision);
  const { data, error } = useAnswer<PreviewAnswer>({ ask: "preview", op: op as unknown as Fields }, when);
  const { act } = useActions();
  const [refusal, setRefusal] = useState("");
  const first = useFocusAtFirst<HTMLParagraphElement>();

  const confirm = async (): Promise<void> => {
    const outcome = await act(op, { undo: true });
    if (outcome.done) onClose(true);
    else setRefusal(outcome.refusal);
  };
  const lists = data
    ? ([
        ["Would be settled", data.removes],
        ["Would come up", data.opens],
        ["Would rise", data.raises],
      ] as const)
    : [];
  return (
    <div className="nbt-preview" role="group" aria-label={what}>
      <p ref={first} tabIndex={-1} role="status">
        {`${what}: `}
        {error || refusal || data?.text || "working out what this would change …"}
      </p>
      {lists
        .filter(([, names]) => names.length > 0)
        .map(([title, names]) => (
          <details key={title}>
            <summary>{`${title}: ${names.length}`}</summary>
            <ul>
              {names.slice(0, 12).map((name) => (
                <li key={name}>{name}</li>
              ))}
            </ul>
            {names.length > 12 ? <p>{`and ${names.length - 12} more`}</p> : null}
          </details>
        ))}
      <div className="nbt-row">
        <button type="button" className="nbt-button nbt-button-primary" disabled={!data} onClick={() => void confirm()}>
          Confirm
        </button>
        <button type="button" className="nbt-button" onClick={() => onClose(false)}>
          Cancel
        </button>
      </div>
    </div>
  );
}
