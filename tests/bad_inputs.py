"""Hostile files, rewritten into our schema, and the real command run over them.

The files are written in a schema of nobody's: `elements` of a `kind`, `flows` `from` and `to`, `boundaries` that
`contain`. `in_our_schema` says the same thing in ours, so that what is hostile about a file is still in it and nothing
else is wrong with it. Run as a script, this file is the worker: it reads one list of arguments a line, as JSON, and
answers each with what `nbthreat` did.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from nbthreat import cli
from nbthreat.threats.library import Library

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "bad_inputs"
FOLDERS = ("model", "unicode", "active", "formula", "paths", "pack")
MEMORY = 2 << 30
"""Bytes a process may ask for: ten times what the largest of these files needs. Guards the machine from a bomb."""
SECONDS = 120
"""Of a processor, for one file: twenty times what the slowest needs on a slow machine. Guards the tests from a hang."""
PATIENCE = 1_800.0
"""Seconds until a process that does nothing at all is ended. Guards the tests from a hang, and promises nothing."""

HEADER = {"nbthreat": "1", "id": "demo"}
KINDS = {"process": "other-service", "Process": "Other-Service", "store": "database"}
ENDS = {"from": "source", "to": "target"}
TEXTS = (
    ("kind: process", "technology: other-service"),
    ("kind: store", "technology: database"),
    ("from: ", "source: "),
    ("to: ", "target: "),
    ("{id: z, name: Z, contains: [a]}", "{id: z, name: Z}"),
    ("{id: a, technology: other-service, name: A}", "{id: a, technology: other-service, name: A, boundary: z}"),
)
"""For files that are hostile as text: what they say in our schema, word for word, in the same bytes around it."""

AS_IT_IS = frozenset({"031", "040", "041", "042", "043", "044", "045", "046", "047", "117", "118"})
"""Files that are no mapping in UTF-8 or UTF-16: there is nothing to rewrite."""

BOMBS = frozenset(
    {"001", "002", "003", "004", "006", "007", "008", "009", "010", "011", "087", "090", "091", "092", "093"}
    | {"341", "344", "345", "346", "360"}
)
"""Files that end a careless reader: each has a process of its own, with little memory and little time."""

LOOSE_ENDS = frozenset({"058", "059"})
"""Files with a flow to an element they forgot, which is not what they are about: the flow is left out."""

NOT_OURS = {
    "075": "a system file holds no threats; they are the library's",
}
"""Rows about something that has no counterpart here, and why."""

DIFFERENT = {
    "010": ("reject", "a key nobody knows is a slip of the pen until somebody says otherwise"),
    "112": ("reject", "ids are small letters a-z, digits and hyphens: what looks like an a is refused, not warned of"),
    "165": ("reject", "ids are small letters a-z, digits and hyphens, and an unknown key is refused"),
}
"""Rows we decide differently, with the decision and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One hostile file, and what is expected of who reads it."""

    file: str
    expect: str  # clean, accept, accept+warn, reject
    line: bool  # whether a refusal must name a line
    values: bool  # whether it is hostile in its values, not as text
    must: str

    @property
    def number(self) -> str:
        """The number of the file, by which the tables here call it."""
        return Path(self.file).name[:3]

    @property
    def pack(self) -> bool:
        """Whether it is a pack of rules, which is a library here, and not a system."""
        return self.file.startswith("pack/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the command did with one file."""

    code: int
    out: str
    err: str


def rows() -> tuple[Row, ...]:
    """Return the rows that mean something here, with our decisions in them; none where the files are not there."""
    if not FOLDER.is_dir():
        return ()
    with (FOLDER / "manifest.csv").open(newline="", encoding="utf-8") as file:
        found = [_row(item) for item in csv.DictReader(file)]
    return tuple(row for row in found if row.file.split("/")[0] in FOLDERS and row.number not in NOT_OURS)


def _row(item: dict[str, str]) -> Row:
    number = Path(item["file"]).name[:3]
    return Row(
        file=item["file"],
        expect=DIFFERENT.get(number, (item["expect"],))[0],
        line=item["needs_line"] == "yes",
        values=item["adapt"] == "yes",
        must=item["must"],
    )


def in_our_schema(row: Row) -> bytes:
    """Return a hostile system file as one that is hostile in the same way and otherwise fine."""
    data = (FOLDER / row.file).read_bytes()
    if row.number in AS_IT_IS:
        return data
    return _values_in_our_schema(data, loose=row.number in LOOSE_ENDS) if row.values else _text_in_our_schema(data)


def _text_in_our_schema(data: bytes) -> bytes:
    """Rewrite words and leave every other byte, its line endings and byte order marks too."""
    mark, encoding = b"", "latin-1"  # any bytes are Latin-1, and come back the same
    if data.startswith(codecs.BOM_UTF16_LE):
        mark, encoding = codecs.BOM_UTF16_LE, "utf-16-le"
    elif data.startswith(codecs.BOM_UTF8):
        mark = codecs.BOM_UTF8
    text = data[len(mark) :].decode(encoding)
    ending = next((item for item in ("\r\n", "\n", "\r") if item in text), "\n")
    for theirs, ours in TEXTS:
        text = text.replace(theirs, ours)
    return mark + ("".join(f"{key}: {value}{ending}" for key, value in HEADER.items()) + text).encode(encoding)


Pairs = list[tuple[yaml.Node, yaml.Node]]


def _scalar(text: str) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style='"')


def _plain(text: str) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:int", text)


def _mapping(pairs: Iterable[tuple[str, yaml.Node]]) -> yaml.MappingNode:
    return yaml.MappingNode("tag:yaml.org,2002:map", [(_scalar(key), node) for key, node in pairs])


def _sequence(items: Iterable[yaml.Node]) -> yaml.SequenceNode:
    return yaml.SequenceNode("tag:yaml.org,2002:seq", list(items))


def _get(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _items(node: yaml.Node | None) -> list[yaml.MappingNode]:
    """Return the mappings in a list; a list of anything else has none."""
    listed = node.value if isinstance(node, yaml.SequenceNode) else []
    return [item for item in listed if isinstance(item, yaml.MappingNode)]


def _values_in_our_schema(data: bytes, *, loose: bool) -> bytes:
    """Rewrite the nodes, so that what was quoted stays quoted and what was plain stays plain."""
    root = yaml.compose(data.decode(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    elements, flows, boundaries = (_items(_get(root, key)) for key in ("elements", "flows", "boundaries"))
    layout = [(_text(_get(element, "id")), found) for element in elements if (found := _position(element))]
    for element in elements:
        element.value = [_technology(pair) for pair in element.value if pair[0].value not in ("x", "y")]
    for flow in flows:
        flow.value = [(_scalar(ENDS.get(key.value, key.value)), _hyphened(key, node)) for key, node in flow.value]
    members = [(boundary, _get(boundary, "contains")) for boundary in boundaries]
    for boundary in boundaries:
        boundary.value = [pair for pair in boundary.value if pair[0].value != "contains"]
    for boundary, inside in members:
        _put_inside(boundary, inside, elements, boundaries)
    left_out = {"schema_version"} | ({"flows"} if loose else set())
    pairs: Pairs = [pair for pair in root.value if pair[0].value not in left_out]
    form = _get(root, "schema_version")
    head = [(_scalar("nbthreat"), form or _plain("1")), (_scalar("id"), _scalar("demo"))]
    tail = [(_scalar("layout"), _mapping(layout))] if layout else []
    return _serialized(yaml.MappingNode(root.tag, [*head, *pairs, *tail]))


def _serialized(root: yaml.Node) -> bytes:
    """Write nodes in block style, where any scalar may stand as plainly as it stood."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = False
            waiting += [entry for item in node.value for entry in (item if isinstance(item, tuple) else (item,))]
    text = yaml.serialize(root, Dumper=yaml.SafeDumper, allow_unicode=True, width=float("inf"))
    return str(text).encode()


def _text(node: yaml.Node | None) -> str:
    return str(node.value) if node else ""


def _technology(pair: tuple[yaml.Node, yaml.Node]) -> tuple[yaml.Node, yaml.Node]:
    key, node = pair
    return (_scalar("technology"), _scalar(KINDS.get(node.value, node.value))) if key.value == "kind" else pair


def _hyphened(key: yaml.Node, node: yaml.Node) -> yaml.Node:
    """Return the id of a flow without low lines, which no id of ours has and no file here is about."""
    return _scalar(node.value.replace("_", "-")) if key.value == "id" else node


def _position(element: yaml.MappingNode) -> yaml.SequenceNode | None:
    found = [node for key in ("x", "y") if (node := _get(element, key))]
    return _sequence(found) if found else None


def _put_inside(
    boundary: yaml.MappingNode,
    inside: yaml.Node | None,
    elements: list[yaml.MappingNode],
    boundaries: list[yaml.MappingNode],
) -> None:
    """Say of each member that it is in the boundary; a member that is not there becomes a boundary that is not."""
    if isinstance(inside, yaml.ScalarNode):  # text where a list belongs; such a list of ours is `holds`
        elements[0].value.append((_scalar("holds"), inside))
        return
    for member in inside.value if inside else ():
        for things, key in ((elements, "boundary"), (boundaries, "within")):
            for thing in things:
                if _text(_get(thing, "id")) == member.value:
                    thing.value.append((_scalar(key), _scalar(_text(_get(boundary, "id")))))
        if member.value not in {_text(_get(thing, "id")) for thing in (*elements, *boundaries)}:
            elements[0].value.append((_scalar("boundary"), member))


# A small library


def write_library(folder: Path) -> Path:
    """Write a small library to `folder` and return it: a service, a database and a person, and no threats."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in LIBRARY.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


LIBRARY = {
    "library.yaml": 'nbthreat: 1\nname: small\nversion: "1"\nlicence: BSD-3-Clause\n',
    "technologies.yaml": (
        "technologies:\n"
        "  - {id: process, name: Process, what: It runs., shape: process, generic: true}\n"
        "  - {id: other-service, name: Service, what: It runs too., within: process}\n"
        "  - {id: database, name: Database, what: It keeps things., shape: store, keeps: true}\n"
    ),
    "asset_kinds.yaml": "kinds:\n  - {id: data, name: Data, what: Data of any sort., generic: true}\n",
    "capabilities.yaml": "capabilities:\n  - {id: text, name: Text, what: It writes text.}\n",
    "facts.yaml": "facts: []\n",
    "predicates.yaml": "predicates: []\n",
}


# Packs of rules: packs of ours, beside the library that comes with nbthreat

BENEATH = "excessive-agency"
"""A threat of that library, where a pack is about those of the core."""

SYSTEM = """nbthreat: 1
id: demo
name: Demo
elements:
  - {id: a, technology: other-service}
  - {id: d, technology: database}
flows:
  - {id: f, source: d, target: a}
packs: [pack]
"""


def write_pack(row: Row, folder: Path) -> tuple[Path, Path]:
    """Write a pack of rules as a pack of ours in `folder`, and a system file that names it; return both.

    A rule becomes a threat of that name. A rule that others refer to becomes a predicate too, for here only
    predicates are referred to. What the pack says of itself goes into library.yaml.
    """
    system = folder / "system.yaml"
    folder = folder / "pack"
    folder.mkdir(parents=True)
    system.write_text(SYSTEM, encoding="utf-8")
    said = json.loads((FOLDER / row.file).read_bytes())
    head = {"nbthreat": said.pop("schema"), "name": said.pop("pack"), "version": said.pop("version"), "licence": "MIT"}
    head["beside"] = "nbthreat"
    if said.pop("suppress", None):  # the core's threats; what else the file wants of them has no word here
        head["silences"] = [BENEATH]
        said.pop("severity_overrides")
    rules = said.pop("rules")
    (folder / "library.yaml").write_text(json.dumps({**head, **said}, ensure_ascii=False), encoding="utf-8")
    if any('"rule": ' in json.dumps(rule.get("when")) for rule in rules):
        named = [{"id": _slug(rule["id"]), "what": "A rule.", "when": _condition(rule["when"])} for rule in rules]
        (folder / "predicates.yaml").write_text(json.dumps({"predicates": named}, indent=1), encoding="utf-8")
    for n, rule in enumerate(rules):
        path = folder / "threats" / str(n) / f"{_slug(rule['id'])}.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(_threat(rule), indent=1), encoding="utf-8")
    return folder, system


def _slug(name: str) -> str:
    if name.startswith("core."):
        return BENEATH
    return name.casefold().replace(".", "-")


def _threat(rule: dict[str, object]) -> dict[str, object]:
    rule = dict(rule)
    title = rule.pop("title")
    rule.pop("applies_to", None)
    says_something = rule.get("when") is not True
    condition = {"applies_when": _condition(rule.pop("when"))} if "when" in rule else {}
    if "mitigation" in rule:
        rule["detect"] = rule.pop("mitigation")
    parts = [{"id": "a", "technology": "other-service"}, {"id": "d", "technology": "database"}]
    flow = {"id": "f", "source": "d", "target": "a"}
    service = {"what": "A service.", "at": "a", "elements": parts, "flows": [flow]}
    database = {"what": "A database.", "elements": parts[1:]} if says_something else {"what": "Nothing is there."}
    return {
        **rule,
        "id": _slug(str(rule["id"])),
        "title": title,
        "status": "draft",
        "summary": "Something goes wrong.",
        "stride": [],
        "harms": [],
        **condition,
        "because": f"{{subject}} {title}" if "{" in str(title) else "{subject} is there",
        "wrong_when": "Never.",
        "rating": {"likelihood": 1, "impact": 1, "why": "It is an example."},
        "provisions": [],
        "examples": {"fires": [service], "silent": [database]},
    }


def _condition(when: object) -> object:
    """Return a condition of the pack's language in ours; what there is no word for keeps its own."""
    if when is True:
        return {
            "technology": [
                technology.id for technology in Library.load().technologies.values() if technology.within is None
            ]
        }
    if not isinstance(when, dict) or len(when) != 1:
        return when
    key, said = next(iter(when.items()))
    if key == "eq":
        field, *values = said
        ours = "technology" if field == "kind" else field
        return {ours: [KINDS.get(value, "other-service") for value in values]}
    if key == "rule":
        return {"is": _slug(said)}
    if key in ("all", "any"):
        return {key: [_condition(item) for item in said]}
    if key == "not":
        return {"not": _condition(said)}
    if key == "path":
        anything = _condition(when=True)
        more = {name: value for name, value in said.items() if name not in ("from", "to")}
        return {"path": {"from": anything, "to": anything} | ({} if {"max_hops": 12} == more else more)}
    return when


# Running the command


LIMITED = f"""
import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Becomes the program it is given, within limits that it cannot leave."""


def run_alone(arguments: list[str]) -> Outcome:
    """Run `nbthreat` with these arguments in a process of its own, with limited memory and processor time."""
    command = [sys.executable, "-ISc", LIMITED, sys.executable, "-m", "nbthreat.cli", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    out, err = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
    return Outcome(code=done.returncode, out=out, err=err)


def run_together(many: Iterable[list[str]]) -> Iterator[Outcome]:
    """Run `nbthreat` once with each list of arguments, all in one process; yield what it did, in order."""
    asked = "".join(json.dumps(arguments) + "\n" for arguments in many)
    done = subprocess.run(
        [sys.executable, __file__],
        input=asked,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    answers = [Outcome(**json.loads(line)) for line in done.stdout.splitlines()]
    yield from answers
    for _ in range(asked.count("\n") - len(answers)):  # the process fell over
        yield Outcome(code=done.returncode, out="", err=done.stderr)


def _too_late(*_: object) -> None:
    raise TimeoutError


def _work() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _too_late)
    for line in sys.stdin:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                signal.setitimer(signal.ITIMER_REAL, SECONDS)
                code = cli.main(json.loads(line))
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Exception:  # noqa: BLE001 - that there was one is what the test wants to know
                import traceback

                code = 1
                traceback.print_exc()
        answer = {"code": code, "out": out.getvalue(), "err": err.getvalue()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _work()
