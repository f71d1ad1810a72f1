/** What can be said of what is selected; of the system, where nothing is. */

import type { Id, Sections } from "../shell/protocol";
import { useSession } from "../shell/store";
import { AssetForm } from "./Assets";
import { BoundaryForm } from "./BoundaryForm";
import { ElementForm } from "./ElementForm";
import { FlowForm } from "./FlowForm";
import { SeveralForm } from "./SeveralForm";
import { SystemForm } from "./SystemForm";
import { counted, labelOf } from "../shell/words";

export function Properties() {
  const view = useSession((state) => state.view);
  const selection = useSession((state) => state.selection);
  const [first] = selection;
  const title =
    selection.length > 1
      ? `${counted(selection.length, "thing")} selected`
      : first === undefined || view.system.system?.id === first
        ? "The system"
        : labelOf(view, first);
  return (
    <section className="nbt-panel nbt-properties" aria-label="Properties">
      <div className="nbt-panel-head">
        <h2>{title}</h2>
        <span className="nbt-soft">{first === undefined ? "nothing is selected" : kindOf(view, selection)}</span>
      </div>
      {selection.length > 1 ? (
        <SeveralForm key={selection.join(" ")} ids={selection} />
      ) : (
        <One key={first ?? ""} id={first} />
      )}
    </section>
  );
}

function One({ id }: { id: Id | undefined }) {
  const view = useSession((state) => state.view);
  const system = view.system.system;
  if (id !== undefined) {
    const {
      elements: { [id]: element },
      flows: { [id]: flow },
      boundaries: { [id]: boundary },
      assets: { [id]: asset },
    } = view;
    if (element) return <ElementForm element={element} />;
    if (flow) return <FlowForm flow={flow} />;
    if (boundary) return <BoundaryForm boundary={boundary} />;
    if (asset) return <AssetForm asset={asset} />;
  }
  return system ? <SystemForm system={system} /> : <p role="status">Waiting for the drawing …</p>;
}

function kindOf(view: Sections, [id, ...others]: readonly Id[]): string {
  if (id === undefined || others.length > 0) return "";
  if (view.elements[id]) return "element";
  if (view.flows[id]) return "flow";
  if (view.boundaries[id]) return "trust boundary";
  return view.assets[id] ? "asset" : "";
}
