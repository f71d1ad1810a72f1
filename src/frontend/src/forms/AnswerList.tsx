/** What is so of something, and what protects it: each a question with yes, no and not known. */

import { useState } from "react";
import type { Answer, Id } from "../shell/protocol";
import { useSession } from "../shell/store";
import { useChange } from "../shell/hooks";
import { Preview } from "./Preview";
import { ThreeState } from "./ThreeState";
import { applicable, askedOf, labelOf, said, termOf } from "../shell/words";

const TITLES = { facts: "What is so", controls: "What protects it" } as const;

interface Props {
  ids: readonly Id[];
  kind: "facts" | "controls";
}

export function AnswerList({ ids, kind }: Props) {
  const view = useSession((state) => state.view);
  const vocabulary = useSession((state) => state.vocabulary);
  const change = useChange(ids);
  const [adding, setAdding] = useState<string | null>(null);
  if (!vocabulary) return null;
  const names = applicable(view, vocabulary, ids, kind);
  if (names.length === 0) return null;
  const label = ids.length === 1 ? labelOf(view, ids[0] ?? "") : "all that are selected";
  const known = names.filter((name) => said(view, ids, kind, name) !== null).length;

  const choose = (name: string, answer: Answer): void => {
    setAdding(null);
    if (answer === true && kind === "controls")
      setAdding(name); // what it would change is shown first
    else void change({ [kind]: { [name]: answer } });
  };
  return (
    <details className="nbt-section" open>
      <summary>
        <h3>{TITLES[kind]}</h3>
        <span className="nbt-soft">{`${known} of ${names.length} known`}</span>
      </summary>
      <div className="nbt-stack">
        {names.map((name) => {
          const term = termOf(vocabulary[kind], name);
          return (
            <div key={name}>
              <ThreeState
                label={askedOf(term, label)}
                help={term.what}
                value={said(view, ids, kind, name)}
                onChoose={(answer) => choose(name, answer)}
              />
              {adding === name ? (
                <Preview
                  op={{ op: "change", ids, set: { [kind]: { [name]: true } } }}
                  what={`${term.name} at ${label}`}
                  onClose={() => setAdding(null)}
                />
              ) : null}
            </div>
          );
        })}
      </div>
    </details>
  );
}
