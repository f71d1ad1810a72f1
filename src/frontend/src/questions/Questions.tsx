/** What is not known and would settle findings, in the order to ask it. An answer is one click, its effect told before. */

import { useId, useRef, useState } from "react";
import type { Answer, Id, QuestionView } from "../shell/protocol";
import { useActions, useSession } from "../shell/store";
import { useKeptFocus } from "../shell/hooks";
import { ANSWERS } from "../forms/ThreeState";
import { counted, inOrder, labelOf, said, SAY_SO } from "../shell/words";

const SHOWN = 12;

export function Questions() {
  const questions = useSession((state) => state.view.questions);
  const order = useSession((state) => state.orders.questions);
  const box = useRef<HTMLElement>(null);
  const onFocus = useKeptFocus(box);
  const [limit, setLimit] = useState(SHOWN);
  const all = inOrder(questions, order);
  const more = all.length - limit;
  return (
    <section className="nbt-panel" aria-label="Questions" ref={box} onFocus={onFocus}>
      <div className="nbt-panel-head">
        <h2 data-heading tabIndex={-1}>
          Questions
        </h2>
        <span role="status" className="nbt-soft">{`${counted(all.length, "question")} open`}</span>
      </div>
      {all.length === 0 ? <p className="nbt-soft">Nothing is left to ask about what is drawn.</p> : null}
      {all.slice(0, limit).map((question) => (
        <QuestionItem key={question.id} question={question} />
      ))}
      {more > 0 ? (
        <button type="button" className="nbt-button" onClick={() => setLimit(limit + SHOWN)}>{`${more} more`}</button>
      ) : null}
    </section>
  );
}

function QuestionItem({ question }: { question: QuestionView }) {
  const view = useSession((state) => state.view);
  const { select, run } = useActions();
  const kind = question.kind;
  const say = (): void => {
    select(question.subjects);
    run({ name: "show", panel: "properties" });
  };
  return (
    <article className="nbt-card nbt-question" data-item={question.id} aria-label={question.text}>
      <h3>{question.text}</h3>
      <p className="nbt-row nbt-soft">
        {question.ask ? <span>{`Ask: ${question.ask}`}</span> : null}
        <span>About:</span>
        {question.subjects.map((id) => (
          <button key={id} type="button" className="nbt-chip" onClick={() => select([id])}>
            {labelOf(view, id)}
          </button>
        ))}
      </p>
      {kind === "fact" || kind === "control" ? (
        <YesNo question={question} kind={kind === "fact" ? "facts" : "controls"} />
      ) : (
        <p className="nbt-row">
          <button type="button" data-first className="nbt-button" onClick={() => say()}>{`${SAY_SO[kind]} …`}</button>
          <span className="nbt-soft">{`settles ${counted(question.settles, "finding")}`}</span>
        </p>
      )}
    </article>
  );
}

interface YesNoProps {
  question: QuestionView;
  kind: "facts" | "controls";
}

function YesNo({ question, kind }: YesNoProps) {
  const view = useSession((state) => state.view);
  const answer = useAnswering(question, kind);
  const settles = `settles ${counted(question.settles, "finding")}`;
  const effect = (value: Answer): string => {
    if (value === null) return "changes nothing";
    return (value ? question.effects.yes : question.effects.no) || settles;
  };
  return (
    <>
      <ul className="nbt-answers" aria-label="Answers, and what each would change">
        {ANSWERS.map((answerOption, n) => (
          <li key={answerOption.word}>
            <AnswerButton
              word={answerOption.word}
              first={n === 0}
              pressed={said(view, question.subjects, kind, question.name) === answerOption.value}
              effect={effect(answerOption.value)}
              onPress={() => answer(question.subjects, answerOption.value)}
            />
          </li>
        ))}
      </ul>
      {question.subjects.length > 1 ? (
        <details>
          <summary>One by one</summary>
          {question.subjects.map((id) => (
            <div key={id} className="nbt-row" role="group" aria-label={labelOf(view, id)}>
              <span className="nbt-grow">{labelOf(view, id)}</span>
              <span className="nbt-choice">
                {ANSWERS.map((answerOption) => (
                  <button
                    key={answerOption.word}
                    type="button"
                    aria-pressed={said(view, [id], kind, question.name) === answerOption.value}
                    onClick={() => answer([id], answerOption.value)}
                  >
                    {answerOption.word}
                  </button>
                ))}
              </span>
            </div>
          ))}
        </details>
      ) : null}
    </>
  );
}

interface AnswerButtonProps {
  word: string;
  first: boolean;
  pressed: boolean;
  effect: string;
  onPress: () => void;
}

function AnswerButton({ word, first, pressed, effect, onPress }: AnswerButtonProps) {
  const id = useId();
  return (
    <>
      <button
        type="button"
        className="nbt-button"
        aria-pressed={pressed}
        aria-describedby={id}
        onClick={onPress}
        {...(first ? { "data-first": true } : {})}
      >
        {word}
      </button>
      <span id={id} className="nbt-soft">
        {effect}
      </span>
    </>
  );
}

function useAnswering(question: QuestionView, kind: "facts" | "controls") {
  const view = useSession((state) => state.view);
  const { tell } = useActions();
  const { act } = useActions();
  return (ids: readonly Id[], value: Answer): void => {
    if (value === null && said(view, ids, kind, question.name) === null)
      return tell("It stays not known. The question is kept.");
    void act({ op: "change", ids, set: { [kind]: { [question.name]: value } } }, { undo: true });
  };
}
