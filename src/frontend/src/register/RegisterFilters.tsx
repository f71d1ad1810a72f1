/** Which lines of the register are shown. */

import { useId } from "react";
import { useSession } from "../shell/store";
import type { Option } from "./DecideForm";
import { ALL, NONE, type Filter } from "./registerRows";
import { FINDING_STATES, LEVEL_NAMES, plain, STANDINGS, STATES } from "../shell/words";

interface Props {
  filter: Filter;
  onFilter: (filter: Filter) => void;
}

const STATE_OPTIONS: readonly Option[] = [
  ...FINDING_STATES.map((value) => ({ value, label: STATES[value].word })),
  { value: NONE, label: "Not found here" },
];
const LEVEL_OPTIONS: readonly Option[] = [
  ...Object.entries(LEVEL_NAMES)
    .map(([value, label]) => ({ value, label }))
    .reverse(),
  { value: NONE, label: "Not known" },
];
const STANDING_OPTIONS: readonly Option[] = Object.entries(STANDINGS).map(([value, label]) => ({ value, label }));

export function RegisterFilters({ filter, onFilter }: Props) {
  const id = useId();
  const treatments = useSession((state) => state.vocabulary?.treatments) ?? [];
  const somewhere = useSession((state) => state.selection.length > 0);
  const set = (part: Partial<Filter>): void => onFilter({ ...filter, ...part });
  const choice = (part: "state" | "level" | "standing" | "treatment", label: string, options: readonly Option[]) => (
    <div className="nbt-field">
      <label htmlFor={`${id}-${part}`}>{label}</label>
      <select
        id={`${id}-${part}`}
        className="nbt-input"
        value={filter[part]}
        onChange={(event) => set({ [part]: event.target.value })}
      >
        <option value="">Any</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
  return (
    <div className="nbt-filters" role="group" aria-label="Which lines are shown">
      <div className="nbt-field nbt-grow">
        <label htmlFor={`${id}-words`}>Find words</label>
        <input
          id={`${id}-words`}
          type="search"
          className="nbt-input"
          placeholder="number, finding, place, owner, why"
          value={filter.words}
          onChange={(event) => set({ words: event.target.value })}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || filter.words === "") return;
            event.preventDefault();
            event.stopPropagation();
            set({ words: "" });
          }}
        />
      </div>
      {choice("state", "State", STATE_OPTIONS)}
      {choice("level", "Current level", LEVEL_OPTIONS)}
      {choice("standing", "Standing", STANDING_OPTIONS)}
      {choice("treatment", "Treatment", [
        ...treatments.map((value) => ({ value, label: plain(value) })),
        { value: NONE, label: "None" },
      ])}
      {somewhere || filter.here ? (
        <label className="nbt-check">
          <input type="checkbox" checked={filter.here} onChange={(event) => set({ here: event.target.checked })} />
          <span>Only at what is selected on the drawing</span>
        </label>
      ) : null}
      {Object.values(filter).some(Boolean) ? (
        <button type="button" className="nbt-button" onClick={() => onFilter(ALL)}>
          Show all lines
        </button>
      ) : null}
    </div>
  );
}
