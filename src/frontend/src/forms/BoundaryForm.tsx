/** One trust boundary: what it is called, how far those inside are trusted, and in which other it lies. */

import type { BoundaryView, Id } from "../shell/protocol";
import { useSession } from "../shell/store";
import { useBoundaries } from "./ElementForm";
import { Field, Select } from "./Field";
import { useChange, usePutInto } from "../shell/hooks";
import { trustWords } from "../shell/words";

/** A boundary with all that lie in it, however deep: none of them can be around it. */
export function withInner(boundaries: Readonly<Record<Id, BoundaryView>>, id: Id): readonly Id[] {
  const inner = Object.values(boundaries).filter((boundary) => boundary.within === id);
  return [id, ...inner.flatMap((boundary) => withInner(boundaries, boundary.id))];
}

export function useTrusts() {
  const trusts = useSession((state) => state.vocabulary?.trusts) ?? [];
  return [{ value: "", label: "Not known" }, ...trusts.map((value) => ({ value, label: trustWords(value) }))];
}

export function BoundaryForm({ boundary }: { boundary: BoundaryView }) {
  const all = useSession((state) => state.view.boundaries);
  const around = useBoundaries(withInner(all, boundary.id));
  const trusts = useTrusts();
  const change = useChange([boundary.id]);
  const putInto = usePutInto();
  return (
    <>
      <Field label="Name" value={boundary.name} placeholder={boundary.label} onCommit={(name) => change({ name })} />
      <Select
        label="Trust"
        help="How far those inside are trusted."
        value={boundary.trust ?? ""}
        choices={trusts}
        onCommit={(trust) => change({ trust: trust || null })}
      />
      <Select
        label="Within"
        value={boundary.within ?? ""}
        choices={around}
        onCommit={(into) => putInto([boundary.id], into || null)}
      />
      <Field label="Note" lines={3} value={boundary.note} onCommit={(note) => change({ note })} />
    </>
  );
}
