import { useId, useMemo, useRef, useState, type DragEvent, type KeyboardEvent } from "react";
import { useCommandHandler, useSession, useUi, useUiStore } from "../shell/store";
import { DRAGGED, useAdding } from "./adding";
import { Icon, ShapeIcon } from "../shell/icons";
import { found, groupsOf, type Group, type Part } from "./parts";

const NONE: never[] = [];

/** The parts to draw with: dragged to where they belong, or chosen and put in the middle. */
export function Palette() {
  const technologies = useSession((state) => state.vocabulary?.technologies ?? NONE);
  const [search, setSearch] = useState("");
  const drawer = useUi((state) => state.drawer);
  const ui = useUiStore();
  const groups = useMemo(() => groupsOf(technologies), [technologies]);
  const section = useRef<HTMLElement>(null);
  useCommandHandler(({ name }) => {
    // a frame later, when the palette is open where it was not
    const wanted = { search: ".nbt-palette-search", palette: ".nbt-part" }[name as string];
    if (wanted) requestAnimationFrame(() => section.current?.querySelector<HTMLElement>(wanted)?.focus());
  });
  return (
    <section ref={section} className="nbt-palette" aria-label="Parts" data-open={drawer}>
      <div className="nbt-palette-head">
        <Search search={search} setSearch={setSearch} />
        <button
          type="button"
          className="nbt-button nbt-button-quiet nbt-button-icon nbt-palette-close"
          aria-label="Close the parts"
          onClick={() => ui.setState({ drawer: false })}
        >
          <Icon name="close" />
        </button>
      </div>
      {search.trim() === "" && groups.map((group, n) => <Parts key={group.title} group={group} open={n === 0} />)}
    </section>
  );
}

function Search({ search, setSearch }: { search: string; setSearch(search: string): void }) {
  const technologies = useSession((state) => state.vocabulary?.technologies ?? NONE);
  const { put } = useAdding();
  const list = useId();
  const [at, setAt] = useState(0);
  const parts = useMemo(() => (search.trim() ? found(technologies, search) : []), [technologies, search]);
  const active = parts[Math.min(at, parts.length - 1)];

  const choose = (part: Part): void => {
    setSearch("");
    void put(part.id);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && parts.length > 0)
      setAt((now) => (Math.min(now, parts.length - 1) + step + parts.length) % parts.length);
    else if (event.key === "Enter" && active) choose(active);
    else if (event.key === "Escape" && search) setSearch("");
    else if (event.key === "Escape")
      event.currentTarget.closest(".nbt-board")?.querySelector<HTMLElement>(".nbt-canvas")?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        type="search"
        role="combobox"
        className="nbt-input nbt-palette-search"
        placeholder="Find a part  /"
        aria-label="Find a part"
        value={search}
        aria-expanded={parts.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        autoComplete="off"
        aria-activedescendant={active ? `${list}-${active.id}` : undefined}
        onKeyDown={press}
        onChange={(event) => {
          setSearch(event.target.value);
          setAt(0);
        }}
      />
      <div
        id={list}
        role="listbox"
        aria-label="Parts found"
        className="nbt-palette-found"
        hidden={search.trim() === ""}
      >
        {parts.map((part) => (
          // Chosen with Enter in the search field, which keeps the focus.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={part.id}
            id={`${list}-${part.id}`}
            role="option"
            aria-selected={part === active}
            tabIndex={-1}
            className="nbt-part"
            title={part.what}
            draggable
            onDragStart={(event) => drag(event, part)}
            onClick={() => choose(part)}
          >
            <ShapeIcon shape={part.shape} />
            <span>{part.name}</span>
          </div>
        ))}
        {parts.length === 0 && <p className="nbt-palette-none">No part is called so. Try “store” or “model”.</p>}
      </div>
    </>
  );
}

function Parts({ group, open }: { group: Group; open: boolean }) {
  const { put } = useAdding();
  return (
    <details className="nbt-palette-group" open={open}>
      <summary>{group.title}</summary>
      <ul>
        {group.parts.map((part) => (
          <li key={part.id} style={{ paddingInlineStart: part.depth * 12 }}>
            <button
              type="button"
              className="nbt-part"
              data-generic={part.generic}
              title={part.what}
              draggable
              onDragStart={(event) => drag(event, part)}
              onClick={() => void put(part.id)}
            >
              <ShapeIcon shape={part.shape} />
              <span>{part.name}</span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

function drag(event: DragEvent, part: Part): void {
  event.dataTransfer.setData(DRAGGED, part.id);
  event.dataTransfer.effectAllowed = "copy";
}
