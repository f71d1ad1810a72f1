/** Five plain questions, whose answers make a first drawing. */

import { useId, useState } from "react";
import { useActions } from "../shell/store";

interface Asked {
  name: string;
  text: string;
  answers: readonly (readonly [value: string, words: string])[];
}

export const FIVE: readonly Asked[] = [
  {
    name: "task",
    text: "What does the model do?",
    answers: [
      ["chat", "It chats: people ask, it answers"],
      ["score", "It classifies or scores"],
      ["generate", "It makes pictures, speech, text or code"],
      ["see", "It sees: it looks at pictures or video"],
    ],
  },
  {
    name: "model",
    text: "Whose model is it?",
    answers: [
      ["own", "Ours"],
      ["tuned", "Trained by us on a base we got elsewhere"],
      ["vendor", "A vendor's service"],
      ["hub", "From a public hub"],
    ],
  },
  {
    name: "reads",
    text: "What does it read?",
    answers: [
      ["question", "Only what it is asked"],
      ["documents", "Our documents"],
      ["strangers", "The web, or mail from strangers"],
    ],
  },
  {
    name: "acts",
    text: "What can it do by itself?",
    answers: [
      ["nothing", "Nothing: it only answers"],
      ["suggests", "Suggest: a person acts"],
      ["acts", "Act, through tools"],
    ],
  },
  {
    name: "learns",
    text: "Does it go on learning from its users?",
    answers: [
      ["yes", "Yes"],
      ["no", "No"],
      ["unknown", "Not known"],
    ],
  },
];

export function FiveQuestions() {
  const id = useId();
  const { act } = useActions();
  const [answers, setAnswers] = useState<Readonly<Record<string, string>>>({});
  const [error, setError] = useState("");
  const open = FIVE.filter((question) => answers[question.name] === undefined);
  const begin = async (): Promise<void> => {
    if (open.length > 0) return setError(`Still to answer: ${open.map((question) => question.text).join(" ")}`);
    setError((await act({ op: "begin", answers })).refusal);
  };
  return (
    <form
      className="nbt-stack"
      aria-label="Five questions"
      onSubmit={(event) => {
        event.preventDefault();
        void begin();
      }}
    >
      {FIVE.map((question, n) => (
        <fieldset key={question.name} className="nbt-field">
          <legend>{`${n + 1}. ${question.text}`}</legend>
          <div className="nbt-row">
            {question.answers.map(([value, words]) => (
              <label key={value} className="nbt-check">
                <input
                  type="radio"
                  name={`${id}-${question.name}`}
                  checked={answers[question.name] === value}
                  onChange={() => setAnswers({ ...answers, [question.name]: value })}
                />
                {words}
              </label>
            ))}
          </div>
        </fieldset>
      ))}
      {error ? (
        <p role="alert" className="nbt-field-error">
          {error}
        </p>
      ) : null}
      <div className="nbt-row">
        <button type="submit" className="nbt-button nbt-button-primary">
          Draw it
        </button>
      </div>
    </form>
  );
}
