/** One flow: from where to where, what it carries, what is so of it and what protects it. */

import type { FlowView } from "../shell/protocol";
import { useSession } from "../shell/store";
import { AnswerList } from "./AnswerList";
import { AssetChoice } from "./AssetChoice";
import { Combobox, type Option } from "./Combobox";
import { Field } from "./Field";
import { useChange } from "../shell/hooks";
import { inOrder, termOf } from "../shell/words";

/** The elements as something to choose from, each with what it is. */
export function useElementOptions(): readonly Option[] {
  const elements = useSession((state) => state.view.elements);
  const order = useSession((state) => state.orders.elements);
  const technologies = useSession((state) => state.vocabulary?.technologies);
  return inOrder(elements, order).map((element) => ({
    id: element.id,
    name: element.label,
    what: termOf(technologies, element.technology).name,
  }));
}

export function FlowForm({ flow }: { flow: FlowView }) {
  const elements = useElementOptions();
  const change = useChange([flow.id]);
  return (
    <>
      <Field label="Name" value={flow.name} placeholder={flow.label} onCommit={(name) => change({ name })} />
      <Combobox label="From" value={flow.source} options={elements} onCommit={(source) => change({ source })} />
      <Combobox label="To" value={flow.target} options={elements} onCommit={(target) => change({ target })} />
      <details className="nbt-section" open>
        <summary>
          <h3>What it carries</h3>
        </summary>
        <AssetChoice id={flow.id} field="carries" value={flow.carries} label="Assets that go this way" />
      </details>
      <AnswerList ids={[flow.id]} kind="facts" />
      <AnswerList ids={[flow.id]} kind="controls" />
      <Field label="Note" lines={3} value={flow.note} onCommit={(note) => change({ note })} />
    </>
  );
}
