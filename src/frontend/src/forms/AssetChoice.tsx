/** Which assets an element holds or a flow carries: not known, nothing, or these; new ones can be added on the spot. */

import type { Id } from "../shell/protocol";
import { useSession } from "../shell/store";
import { AddAsset } from "./Assets";
import { useChange } from "../shell/hooks";
import { TriList } from "./TriList";
import { inOrder } from "../shell/words";

interface Props {
  id: Id;
  field: "holds" | "carries";
  value: readonly Id[] | null;
  label: string;
}

export function AssetChoice({ id, field, value, label }: Props) {
  const assets = useSession((state) => state.view.assets);
  const order = useSession((state) => state.orders.assets);
  const change = useChange([id]);
  const options = inOrder(assets, order).map((asset) => ({ id: asset.id, name: asset.label }));
  return (
    <>
      <TriList
        label={label}
        value={value}
        options={options}
        onChange={(list) => void change({ [field]: list && [...list] })}
      />
      <AddAsset onMade={(made) => void change({ [field]: [...(value ?? []), made] })} />
    </>
  );
}

/** The same in a few words, for a cell of a table. */
export function assetWords(value: readonly Id[] | null, label: (id: Id) => string): string {
  if (value === null) return "not known";
  return value.length === 0 ? "nothing" : value.map(label).join(", ");
}
