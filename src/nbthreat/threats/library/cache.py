"""Cache: the parsed files of libraries that were read before, kept in the user's own cache folder."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from pathlib import Path

from nbthreat.base.errors import DocumentError
from nbthreat.system import documents
from nbthreat.system.documents import nodes

_FORMAT = 1
_SECONDS = 30 * 24 * 3600


def _place(digest: str) -> Path:
    """Return where the parsed files of a library with this content are kept, in the user's own cache."""
    from platformdirs import user_cache_path  # only a loader needs to know

    return user_cache_path("nbthreat") / f"library-{_FORMAT}-{digest}.json"


def load(digest: str) -> dict[str, nodes.Mapping]:
    """Return the nodes of files that were read before: parsing YAML is most of what loading a library costs.

    They are named after the very bytes they came from, so they are never out of date; every check is made again.
    """
    try:
        data = json.loads(_place(digest).read_bytes())
        trees = {name: nodes.unpacked(tree) for name, tree in data.items()}
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return {}
    return {name: tree for name, tree in trees.items() if isinstance(tree, nodes.Mapping)}


def store(digest: str, trees: Mapping[str, nodes.Mapping]) -> None:
    """Keep the nodes of files for whoever reads the same bytes again; forget what was kept a month ago."""
    path = _place(digest)
    with contextlib.suppress(OSError, DocumentError):  # without it the next start is slower, and no more
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob("library-*.json"):
            if time.time() - old.stat().st_mtime > _SECONDS:
                old.unlink()
        data = {name: nodes.packed(tree) for name, tree in trees.items()}
        documents.publish(path, json.dumps(data, separators=(",", ":")).encode())
