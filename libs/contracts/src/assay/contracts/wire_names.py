"""Names as Avro and Protobuf take them: letters, digits and `_`, not a digit first."""

from __future__ import annotations

import re

__all__ = ["is_wire_name", "message_name", "namespace"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OTHER = re.compile(r"[^A-Za-z0-9]+", re.ASCII)


def is_wire_name(name: str) -> bool:
    """Whether Avro and Protobuf take a name as it is."""
    return _NAME.fullmatch(name) is not None


def message_name(name: str) -> str:
    """The name in PascalCase: `order-line` and `order_line` are `OrderLine`."""
    return "".join(part[0].upper() + part[1:] for part in _OTHER.split(name) if part)


def namespace(contract: str) -> str:
    """The id of a contract as a package: what no name may have becomes `_`, and so does a first digit's place."""
    parts = (re.sub(r"[^A-Za-z0-9_]", "_", part) for part in contract.split(".") if part)
    return ".".join(f"_{part}" if part[0].isdigit() else part for part in parts)
