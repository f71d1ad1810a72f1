/** A cell that tells what is held or carried, and opens to change it. */

import { useState } from "react";
import type { Id } from "../shell/protocol";
import { useSession } from "../shell/store";
import { AssetChoice, assetWords } from "../forms/AssetChoice";

interface Props {
  id: Id;
  label: string;
  field: "holds" | "carries";
  value: readonly Id[] | null;
}

export function AssetCell({ id, label, field, value }: Props) {
  const assets = useSession((state) => state.view.assets);
  const [open, setOpen] = useState(false);
  const words = assetWords(value, (asset) => assets[asset]?.label ?? asset);
  return (
    <>
      <button
        type="button"
        className="nbt-link"
        aria-expanded={open}
        aria-label={`${label} ${field}: ${words}`}
        onClick={() => setOpen(!open)}
      >
        {words}
      </button>
      {open ? <AssetChoice id={id} field={field} value={value} label={`What ${label} ${field}`} /> : null}
    </>
  );
}
