"""Readers: how the conditions of provisions, predicates and threats are read, each for what it is asked of."""

from __future__ import annotations

from nbthreat.system import documents
from nbthreat.system.documents import nodes
from nbthreat.threats import conditions
from nbthreat.threats.conditions import Condition, Parser, Reach, Subject
from nbthreat.threats.library.parts import main_path


def is_node(name: str, line: int) -> nodes.Mapping:
    """Return the condition that a predicate holds, as somebody would write it on that line."""
    return nodes.Mapping((nodes.MappingEntry("is", line, nodes.Scalar(name, plain=True, line=line)),), line)


def condition_reader(parser: Parser, subject: Subject, path: Reach | None = None) -> documents.Reader:
    """Return a reader of conditions on `subject`; `path` is the threat's own, where it has one."""
    return lambda node, report: parser.parse(node, subject, report, path=path)


def threat_readers(parser: Parser, tree: nodes.Mapping) -> dict[object, documents.Reader]:
    """Return readers that know the threat's subject and its path before they meet its conditions."""
    said = tree.get("subject")
    words = said.text if isinstance(said, nodes.Scalar) else ""
    subject = next((subject for subject in Subject if subject.value == words), Subject.ELEMENT)
    applies = tree.get("applies_when")
    condition = parser.parse(applies, subject, conditions.unheard) if applies else None
    path = main_path(condition) if condition else None
    return {Condition: condition_reader(parser, subject, path), nodes.Node: lambda node, _: node}
