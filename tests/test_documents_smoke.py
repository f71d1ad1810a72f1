"""The one door for files, end to end on one small file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nbthreat import documents
from nbthreat.errors import Conflict
from nbthreat.model import System

WRITTEN = """\
# ours
nbthreat: 1
id: desk
name: Help desk  # as people say

elements:
  # who asks
  - id: customer
    technology: end-user
"""


def test_an_edit_keeps_comments_and_changes_only_its_line(tmp_path: Path) -> None:
    """Renaming a system is one line out, one line in."""
    path = tmp_path / "desk.yaml"
    path.write_text(WRITTEN)
    document = documents.read(System, path)

    saved = documents.save(document, replace(document.value, name="Service desk"))

    assert WRITTEN.replace("Help desk", "Service desk") == path.read_text() == saved.text


def test_a_file_changed_from_outside_is_never_overwritten(tmp_path: Path) -> None:
    """What an editor wrote in the meantime stays, and the writer is told."""
    path = tmp_path / "desk.yaml"
    path.write_text(WRITTEN)
    document = documents.read(System, path)
    path.write_text(WRITTEN + "# a colleague was here\n")

    with pytest.raises(Conflict):
        documents.save(document, replace(document.value, name="Service desk"))

    assert WRITTEN + "# a colleague was here\n" == path.read_text()
