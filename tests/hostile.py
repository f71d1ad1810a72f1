"""A system whose every text is an attack, decided on in the same spirit; and the hostile texts beside the checkout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import bad_inputs
from helpers import TODAY, library
from nbthreat.decisions.assessment import Assessment, assess
from nbthreat.decisions.register import Acceptance, Decision, Dismissal, Register, Treatment
from nbthreat.system.model import NAME_LIMIT, Asset, Element, Flow, System, Trust, TrustBoundary

FOLDERS = ("formula", "secrets", "active", "notebook", "paths")
"""Of the hostile files: those whose texts are meant for whoever publishes them."""

HOSTILE = (
    "<script>window.__canary=1</script>",
    '"><img src=x onerror="window.__canary=2">',
    "</title></style><script>window.__canary=3</script>",
    "{{ 7*7 }}{% for c in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "[click](javascript:window.__canary=4)",
    "![x](http://127.0.0.1:9/beacon)",
    "<svg onload=window.__canary=5><foreignObject></foreignObject></svg>",
    "-->]]><script>window.__canary=6</script>",
    '=HYPERLINK("http://127.0.0.1:9/")',
    "safe\u202egnp.exe",
    "{subject} {0.__class__} %(x)s ${7*7}",
)


def hostile_system(texts: tuple[str, ...]) -> System:
    """A chatbot whose every text is an attack."""

    def text(n: int) -> str:
        return texts[n % len(texts)]

    elements = tuple(
        Element(id=f"e{n}", name=text(n), note=text(n + 1), technology=technology, boundary="net" if n == 0 else "us")
        for n, technology in enumerate(
            ["end-user", "application", "hosted-llm", "agent", *(["other-service"] * max(0, len(texts) - 4))]
        )
    )
    flows = tuple(
        Flow(id=f"f{n}", name=text(n), source=f"e{n}", target=f"e{n + 1}", carries=("a0",))
        for n in range(len(elements) - 1)
    )
    return System(
        id="hostile",
        name=text(0),
        version=text(1)[:60],
        owner=text(2),
        purpose=text(3),
        assets=(Asset(id="a0", name=text(4), kind="user-input"),),
        boundaries=(
            TrustBoundary(id="net", name=text(5), trust=Trust.NONE),
            TrustBoundary(id="us", name=text(6), trust=Trust.HIGH),
        ),
        elements=elements,
        flows=flows,
    )


@cache
def hostile() -> Assessment:
    """That chatbot, assessed, with decisions in the same spirit."""
    return decided(hostile_system(HOSTILE), HOSTILE)


def decided(system: System, texts: tuple[str, ...]) -> Assessment:
    """The system with hostile decisions on what is found: mitigated, accepted, set aside, in turn."""
    found = assess(system, library(), today=TODAY)
    register = Register(system=system.id)
    for n, finding in enumerate(found.findings):
        said, more = texts[n % len(texts)] or "x", texts[(n + 3) % len(texts)] or "x"
        if n % 4 == 0:
            register = register.dismissing(Dismissal(key=finding.key, title=said, reason=more, by=said, on=TODAY))
        elif n % 4 == 1:
            ends = TODAY + timedelta(days=90)
            acceptance = Acceptance(approver=more, on=TODAY, expires=ends, reason=said)
            register = register.deciding(
                Decision(
                    key=finding.key, title=said, treatment=Treatment.ACCEPT, owner=said, rationale=more, by=more,
                    on=TODAY, acceptance=acceptance,
                )
            )  # fmt: skip
        elif n % 4 == 2:
            register = register.deciding(
                Decision(
                    key=finding.key, title=more, treatment=Treatment.MITIGATE, owner=more, rationale=said, by=said,
                    on=TODAY, due=TODAY,
                )
            )  # fmt: skip
    gone = Decision(key=f"gone@{system.id}", title=texts[0], treatment=Treatment.AVOID, owner="x", rationale=texts[-1])
    return assess(system, library(), register.deciding(gone), today=TODAY)


def corpus() -> tuple[str, ...]:
    """Every text in the hostile files meant for publishers, as long as a name may be; none where they are not there."""
    found: dict[str, None] = {}
    for folder in FOLDERS if bad_inputs.FOLDER.is_dir() else ():
        for path in sorted((bad_inputs.FOLDER / folder).iterdir()):
            found.update(dict.fromkeys(_texts(path)))
    return tuple(text for text in found if text.strip())


def _texts(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    try:
        data: Any = json.loads(text) if path.suffix == ".ipynb" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        return  # cut off on purpose
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += [*item, *item.values()]
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str):
            yield item[:NAME_LIMIT]
