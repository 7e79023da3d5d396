"""Names of a contract as names of Python: whatever a field is called, its attribute can be written."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection

from assay.contracts.wire_names import message_name

__all__ = ["attribute_name", "class_name", "member_name", "module_name"]

_OTHER = re.compile(r"\W+")
_IN_CLASSES = frozenset(
    (
        "bool", "bytes", "classmethod", "cls", "datetime", "decimal", "dict", "float", "from_json", "from_value", "int",
        "object", "self", "str", "to_json", "to_value", "tuple", "uuid",
    )
)  # fmt: skip
"""What a class of records says itself: an attribute of that name would hide it."""

_IN_MODULES = frozenset((*dir(builtins), "Callable", "Mapping", "TypeVar", "CONTRACT", "VERSION", "RecordError"))


def module_name(contract: str) -> str:
    """The id of a contract as the name of a module."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", contract)
    return f"_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name


def class_name(name: str, taken: Collection[str], default: str = "Record") -> str:
    """A name in PascalCase that no other class has."""
    made = message_name(name) or default
    made = f"{default}{made}" if made[0].isdigit() else made
    while made in _IN_MODULES or keyword.iskeyword(made):
        made = f"{made}Record"
    return _free(made, taken, "")


def attribute_name(name: str, taken: Collection[str]) -> str:
    """The name of a field as an attribute: as it is where that can be written, else as near as can be."""
    made = _identifier(name, "field")
    while keyword.iskeyword(made) or made in _IN_CLASSES or made in taken:
        made = f"{made}_"
    return made


def member_name(value: object, taken: Collection[str]) -> str:
    """The name of a value of an enum, in capitals: `in-transit` is IN_TRANSIT."""
    text = f"MINUS_{-value}" if isinstance(value, int) and value < 0 else str(value)
    made = _identifier(text.strip(), "value").upper()
    made = made if made.isidentifier() and not keyword.iskeyword(made) else "VALUE"
    return _free(made, taken, "_")


def _identifier(name: str, prefix: str) -> str:
    """The name without what no identifier has; one that is private or begins with a digit gets a prefix."""
    made = _OTHER.sub("_", unicodedata.normalize("NFKC", name))
    made = unicodedata.normalize("NFKC", made)
    if made.strip("_") == "" or not f"x{made}".isidentifier():
        return f"{prefix}_{'_'.join(f'{ord(each):x}' for each in name[:16])}" if name else prefix
    if made.startswith("_"):
        return f"{prefix}{made}"
    return made if made.isidentifier() else f"{prefix}_{made}"


def _free(name: str, taken: Collection[str], between: str) -> str:
    made, number = name, 2
    while made in taken:
        made, number = f"{name}{between}{number}", number + 1
    return made
