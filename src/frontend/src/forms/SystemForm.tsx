/** The system as a whole: what it is called, whose it is, what it is for, and what is worth protecting in it. */

import type { SystemView } from "../shell/protocol";
import { useSession } from "../shell/store";
import { AnswerList } from "./AnswerList";
import { Assets } from "./Assets";
import { Field, Select } from "./Field";
import { useChange } from "../shell/hooks";
import { plain } from "../shell/words";

const STAKES: Readonly<Record<string, string>> = {
  low: "Low: time is lost, nobody is worse off",
  moderate: "Moderate: an inconvenience or a cost that can be put right",
  high: "High: money, rights, chances or health of people",
  critical: "Critical: lives, or the survival of the organisation",
};

export function SystemForm({ system }: { system: SystemView }) {
  const lifecycles = useSession((state) => state.vocabulary?.lifecycles) ?? [];
  const stakes = useSession((state) => state.vocabulary?.stakes) ?? [];
  const change = useChange([system.id]);
  const unknown = { value: "", label: "Not known" };
  return (
    <>
      <Field label="Name" value={system.name} onCommit={(name) => change({ name })} />
      <Field
        label="Version"
        help="The version this is about, such as 2.1."
        value={system.version}
        onCommit={(version) => change({ version })}
      />
      <Field label="Owner" help="A role or a team." value={system.owner} onCommit={(owner) => change({ owner })} />
      <Field
        label="Purpose"
        help="What it is for, in a sentence. Ctrl and Enter keeps it, as does leaving the field."
        lines={3}
        value={system.purpose}
        onCommit={(purpose) => change({ purpose })}
      />
      <Select
        label="Where in its life"
        value={system.lifecycle ?? ""}
        onCommit={(lifecycle) => change({ lifecycle: lifecycle || null })}
        choices={[unknown, ...lifecycles.map((value) => ({ value, label: plain(value) }))]}
      />
      <Select
        label="What is at stake when it is wrong or misused"
        value={system.stakes ?? ""}
        onCommit={(value) => change({ stakes: value || null })}
        choices={[unknown, ...stakes.map((value) => ({ value, label: STAKES[value] ?? plain(value) }))]}
      />
      <Assets />
      <AnswerList ids={[system.id]} kind="facts" />
      <AnswerList ids={[system.id]} kind="controls" />
    </>
  );
}
