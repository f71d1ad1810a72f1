"""A small project with a pack of its own, for what is tested of packs: a checkout, a pack in it, and a system file."""

from __future__ import annotations

from pathlib import Path

from nbthreat import cli

OURS = "acme-tickets-to-outside-model"
"""The one threat of a new pack."""

SYSTEM = """\
nbthreat: 1
id: desk
name: Help desk
assets:
  - {id: ticket, kind: document, personal: true}
elements:
  - {id: tickets, technology: database}
  - {id: model, technology: hosted-llm}
flows:
  - {id: read, source: tickets, target: model, carries: [ticket]}
"""
NAMED = f"{SYSTEM}packs: [../ours]\n"


def small_project(folder: Path) -> Path:
    """Make a checkout in a folder, with a pack in it and, in a folder of its own, a system file that names it."""
    checkout = folder / "checkout"
    (checkout / ".git").mkdir(parents=True)
    (checkout / "systems").mkdir()
    assert 0 == cli.main(["library", "new", str(checkout / "ours")])
    (checkout / "systems" / "desk.yaml").write_text(NAMED, encoding="utf-8")
    return checkout
