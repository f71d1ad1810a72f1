"""ATLAS: what a published ATLAS data file holds that the catalogue pinned here does not, and the other way round.

Two forms are read: the single file of the 5.x releases, and the one of format 6. In both a technique, a mitigation, a
tactic and a case study is a mapping with an id and a name; where it stands differs, and is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbthreat.base.errors import DocumentError, Fault, NbthreatError, clean, quoted
from nbthreat.system import documents
from nbthreat.system.documents import nodes
from nbthreat.threats.curation.crosswalk import Citation, entries
from nbthreat.threats.library import Library

CATALOGUE, CASES = "atlas", "atlas-cases"
"""The ids of the pinned catalogues."""

SORTS = {"technique": "AML.T", "mitigation": "AML.M", "tactic": "AML.TA", "case study": "AML.CS"}
"""How the ids of each sort begin; the longest beginning counts."""

_ID = re.compile(r"AML\.(?:TA|T|M|CS)[0-9]{4}(?:\.[0-9]{3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a data file holds: its version, and the title of everything by id, in the order of the file."""

    version: str
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """How a data file differs from what is pinned, of one sort; everything by id, sorted."""

    sort: str
    new: tuple[tuple[str, str], ...]  # id, title
    renamed: tuple[tuple[str, str, str], ...]  # id, title as pinned, title in the file
    gone: tuple[tuple[str, str], ...]  # id, title as pinned
    formerly: tuple[tuple[str, str], ...]  # id in the file, id as pinned
    unchanged: int


def read(path: Path) -> Published:
    """Read a data file: strictly, and within the limits of every file here. Raises DocumentError with every fault."""
    root = nodes.parse(documents.read_bytes(path), str(path)).root
    names: dict[str, str] = {}
    faults = []
    for id, name, line in _named(root):
        if names.setdefault(id, name) != name:
            faults.append(Fault(str(path), line, f"{id} has two names, {quoted(names[id])} and {quoted(name)}."))
    if not any(sort_of(id) == "technique" for id in names):
        message = "there is no technique in it. What is read is a data file of ATLAS: dist/ATLAS.yaml up to 5.6, or v6."
        faults.append(Fault(str(path), 1, message))
    if faults:
        raise DocumentError(faults)
    titles = {id: _title(id, names) for id in names}
    return Published(version=_version(root), titles=titles)


def news(published: Published, library: Library) -> tuple[News, ...]:
    """Return how a data file differs from the pinned catalogues, sort by sort. Raises NbthreatError without them."""
    missing = [id for id in (CATALOGUE, CASES) if id not in library.catalogues]
    if missing:
        raise NbthreatError(f"{library.name} has no catalogue {quoted(missing[0])} to compare with.")
    pinned = {id: title for name in (CATALOGUE, CASES) for id, title in library.catalogues[name].ids.items()}
    return tuple(_news(sort, published.titles, pinned, library.catalogues[CATALOGUE].formerly) for sort in SORTS)


def told(published: Published, library: Library) -> Iterator[str]:
    """Yield how a data file differs from what is pinned, as lines to read: the threats that each id concerns, too."""
    found = news(published, library)
    catalogue, cases = library.catalogues[CATALOGUE], library.catalogues[CASES]
    version = clean(published.version) or "of no version it tells"
    yield f"ATLAS {version}, beside {catalogue.edition} as pinned here (case studies: {cases.edition})"
    cited = {entry.id: entry for entry in entries(library, CATALOGUE)}

    def concerning(id: str) -> str:
        entry = cited.get(id) or cited.get(id.rpartition(".")[0])
        if entry is None or not entry.threats:
            return ""
        how = "cited by" if entry.id == id and entry.standing is Citation.CITED else "its kin is cited by"
        return f" ({how} {', '.join(entry.threats)})"

    for part in found:
        counts = ((len(part.new), "new"), (len(part.renamed), "renamed"), (len(part.gone), "not in the file"))
        totals = ", ".join(f"{count} {words}" for count, words in (*counts, (part.unchanged, "as pinned")))
        yield ""
        yield f"{part.sort}: {totals}"
        for id, title in part.new:
            yield f"  new       {id} {clean(title)}{concerning(id)}"
        for id, old, new in part.renamed:
            yield f"  renamed   {id} {clean(old)} → {clean(new)}{concerning(id)}"
        for id, now in part.formerly:
            yield f"  formerly  {id} is {now} as pinned{concerning(now)}"
        for id, title in part.gone:
            yield f"  missing   {id} {clean(title)}{concerning(id)}"


def sort_of(id: str) -> str:
    """Return what an id names.

    >>> sort_of("AML.TA0002"), sort_of("AML.T0051.001")
    ('tactic', 'technique')
    """
    return max((sort for sort, begins in SORTS.items() if id.startswith(begins)), key=lambda sort: len(SORTS[sort]))


def _news(sort: str, there: Mapping[str, str], pinned: Mapping[str, str], formerly: Mapping[str, str]) -> News:
    theirs, ours = ({id: title for id, title in titles.items() if sort_of(id) == sort} for titles in (there, pinned))
    both = sorted(set(theirs) & set(ours))
    renamed = tuple((id, ours[id], theirs[id]) for id in both if theirs[id] != ours[id])
    moved = tuple((id, formerly[id]) for id in sorted(theirs) if id in formerly and id not in ours)
    under_old_ids = {now for _, now in moved}
    return News(
        sort=sort,
        new=tuple((id, theirs[id]) for id in sorted(set(theirs) - set(ours) - set(formerly))),
        renamed=renamed,
        gone=tuple((id, ours[id]) for id in sorted(set(ours) - set(theirs) - under_old_ids)),
        formerly=moved,
        unchanged=len(both) - len(renamed),
    )


def _named(root: nodes.Mapping) -> Iterator[tuple[str, str, int]]:
    """Yield (id, name, line) of every mapping that has both, in the order of the file."""
    waiting: list[tuple[str, nodes.Node]] = [("", root)]
    while waiting:
        key, node = waiting.pop()
        if isinstance(node, nodes.Sequence):
            waiting += [("", item) for item in reversed(node.items)]
        elif isinstance(node, nodes.Mapping):
            said, name = node.get("id"), node.get("name")
            id = said.text if isinstance(said, nodes.Scalar) else key
            if isinstance(name, nodes.Scalar) and _ID.fullmatch(id):
                yield id, name.text, node.line
            waiting += [(entry.key, entry.node) for entry in reversed(node.entries)]


def _title(id: str, names: Mapping[str, str]) -> str:
    """Return a title as the pinned catalogue writes it: a sub-technique's begins with that of its technique."""
    parent = names.get(id.rpartition(".")[0], "") if id.count(".") > 1 else ""
    return names[id] if not parent or names[id].startswith(f"{parent}: ") else f"{parent}: {names[id]}"


def _version(root: nodes.Mapping) -> str:
    """Return what the file says of its version: at the top up to 5.6, of its collection since."""
    collection = root.get("collection")
    said = collection.get("version") if isinstance(collection, nodes.Mapping) else root.get("version")
    return said.text if isinstance(said, nodes.Scalar) else ""
