"""JSON Schemas of the file formats, made from the classes themselves, so that editors complete and check.

The reader is stricter than a schema can say: a file that fits the schema may still hold ids that lead nowhere.
"""

from __future__ import annotations

import types
import typing
from dataclasses import MISSING, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from nbthreat.system.documents.shaping import key_of, record_fields
from nbthreat.system.model import FrozenMap

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SIMPLE = {str: "string", bool: "boolean", int: "integer", float: "number"}


def json_schema(cls: type[Any], *, version: int) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a file that holds one `cls` and says `nbthreat: version`."""
    kinds: dict[str, Any] = {}
    record = _record(cls, kinds)
    record["properties"] = {"nbthreat": {"const": version}, **record["properties"]}
    record["required"] = ["nbthreat", *record.get("required", [])]
    return {"$schema": DRAFT, "title": cls.__name__, **record, "$defs": dict(sorted(kinds.items()))}


def _record(cls: Any, kinds: dict[str, Any]) -> dict[str, Any]:
    known = record_fields(cls)
    required = [
        key_of(name)
        for name, (field, _) in known.items()
        if field.default is MISSING and field.default_factory is MISSING
    ]
    made: dict[str, Any] = {
        "description": (cls.__doc__ or "").strip().split("\n")[0],
        "type": "object",
        "additionalProperties": False,
        "properties": {key_of(name): _kind(kind, kinds) for name, (_, kind) in known.items()},
    }
    return {**made, "required": required} if required else made


def _kind(kind: Any, kinds: dict[str, Any]) -> dict[str, Any]:
    origin = typing.get_origin(kind)
    inner = [arg for arg in typing.get_args(kind) if arg is not types.NoneType]
    if origin in (typing.Union, types.UnionType):
        return _kind(inner[0], kinds) if len(inner) == 1 else {"anyOf": [_kind(item, kinds) for item in inner]}
    if origin is tuple:
        if inner[-1] is Ellipsis:
            return {"type": "array", "items": _kind(inner[0], kinds)}
        items = [_kind(item, kinds) for item in inner]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    if origin is FrozenMap:
        return {"type": "object", "additionalProperties": _kind(inner[0], kinds)}
    if is_dataclass(kind):
        name = getattr(kind, "__name__", "")
        if name not in kinds:
            kinds[name] = {}  # so that a class that holds itself does not go round for ever
            kinds[name] = _record(kind, kinds)
        return {"$ref": f"#/$defs/{name}"}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if kind is date:
        return {"type": "string", "format": "date"}
    return {"type": _SIMPLE[kind]} if kind in _SIMPLE else {}
