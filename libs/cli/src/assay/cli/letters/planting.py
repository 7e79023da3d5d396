"""A flow put into a contract file: its text keeps every comment, and says the same but for the flow. Pure."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from assay.cli.errors import CommandError
from assay.contracts import ContractError
from assay.contracts.document import parse

__all__ = ["flow_of", "planted", "with_version"]

RECOVERY = "assay.recovery"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something is put into a text, and at which column, None for one in flow style."""

    at: int
    column: int | None


def planted(text: bytes, flow: str) -> bytes:
    """Return the contract file with one more flow, behind those that it has.

    Raises:
        CommandError: the flow is none, or the file is written in a way that a person must put it into.
        ContractError: the file is no YAML of a mapping.
    """
    source = text.decode("utf-8-sig")
    root = _composed(source)
    value = flow_of(flow)
    changed = _changed(source, root, value, flow)
    wanted = _with_flow(parse(text, "the contract").value, value)
    if parse(changed.encode(), "the contract").value != wanted:
        raise CommandError("this file is written in a way that the flow can't be put into; paste it by hand")
    return changed.encode()


def flow_of(text: str) -> dict[str, Any]:
    """Return the flow that a text is: a mapping, or a list of one.

    Raises:
        CommandError: it is something else.
    """
    try:
        value = parse(b"flow:\n" + _indented(text, 2).encode(), "the flow").value["flow"]
    except ContractError as error:
        raise CommandError(f"the proposed flow is no YAML: {error}") from error
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise CommandError("the proposed flow is no mapping")
    return value


def with_version(text: bytes, version: str) -> bytes:
    """Return the contract file with another version of its own.

    Raises:
        CommandError: it names none.
    """
    source = text.decode("utf-8-sig")
    node = _child(_composed(source), "version")
    if not isinstance(node, ScalarNode):
        raise CommandError("the contract names no version")
    return (source[: node.start_mark.index] + version + source[node.end_mark.index :]).encode()


def _composed(source: str) -> MappingNode:
    root = yaml.compose(source, Loader=yaml.SafeLoader)
    if not isinstance(root, MappingNode):
        raise CommandError("a contract is a mapping of keys; this is not one")
    return root


def _changed(source: str, root: MappingNode, value: dict[str, Any], flow: str) -> str:
    """The text with the flow in the innermost of what is there already: flows, recovery, custom properties."""
    properties = _child(root, "customProperties")
    recovery = _recovery(properties)
    flows = _child(recovery, "flows")
    if isinstance(flows, SequenceNode):
        return _appended(source, flows, value, _item(flow))
    if isinstance(recovery, MappingNode) and flows is None:
        return _appended(source, recovery, {"flows": [value]}, f"flows:\n{_indented(_item(flow), 2)}")
    whole = {"property": RECOVERY, "value": {"flows": [value]}}
    item = f"- property: {RECOVERY}\n  value:\n    flows:\n{_indented(_item(flow), 6)}"
    if isinstance(properties, SequenceNode) and recovery is None:
        return _appended(source, properties, whole, item)
    if properties is None:
        return _appended(source, root, {"customProperties": [whole]}, f"customProperties:\n{_indented(item, 2)}")
    raise CommandError(f"{RECOVERY} of this file holds nothing that a flow can be put into; paste it by hand")


def _appended(source: str, node: SequenceNode | MappingNode, value: dict[str, Any], block: str) -> str:
    """The text with a last entry more in a node: as a block, or in flow style where the node is."""
    if node.flow_style:
        close = node.end_mark.index - 1
        before = source[:close].rstrip()
        said = json.dumps(value, ensure_ascii=False)
        said = said[1:-1] if isinstance(node, MappingNode) else said
        comma = "" if before.endswith((",", "[", "{")) else ","
        space = "" if before.endswith(("[", "{")) else " "
        return f"{before}{comma}{space}{said}{source[close:]}"
    at = _line_after(source, node)
    head = source[:at] if source[:at].endswith("\n") else f"{source[:at]}\n"
    return f"{head}{_indented(block, node.start_mark.column)}\n{source[at:]}"


def _line_after(source: str, node: Node) -> int:
    """Where the line begins that follows the last word of a node."""
    last = _last(node)
    if last.end_mark.column == 0:
        return last.end_mark.index
    end = source.find("\n", last.end_mark.index)
    return len(source) if end < 0 else end + 1


def _last(node: Node) -> Node:
    """The innermost node that a block ends with."""
    while isinstance(node, SequenceNode | MappingNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
    return node


def _recovery(properties: Node | None) -> Node | None:
    if not isinstance(properties, SequenceNode):
        return None
    for each in properties.value:
        named = _child(each, "property")
        if isinstance(named, ScalarNode) and named.value == RECOVERY:
            return _child(each, "value")
    return None


def _child(node: Node | None, name: str) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    return next((value for key, value in node.value if isinstance(key, ScalarNode) and key.value == name), None)


def _item(flow: str) -> str:
    """The flow as an item of a list, with the comments above it where they are."""
    lines = flow.strip("\n").splitlines()
    first = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    if lines[first].startswith("- "):
        return "\n".join(lines)
    head, tail = lines[:first], lines[first + 1 :]
    return "\n".join([*head, f"- {lines[first]}", *_lines(tail, 2)])


def _indented(text: str, columns: int) -> str:
    return "\n".join(_lines(text.strip("\n").splitlines(), columns))


def _lines(lines: list[str], columns: int) -> Iterator[str]:
    return (f"{' ' * columns}{line}" if line.strip() else "" for line in lines)


def _with_flow(contract: dict[str, Any], flow: dict[str, Any]) -> dict[str, Any]:
    wanted = copy.deepcopy(contract)
    properties = wanted.setdefault("customProperties", [])
    found = [each for each in properties if isinstance(each, dict) and each.get("property") == RECOVERY]
    if not found:
        found = [{"property": RECOVERY, "value": {}}]
        properties.append(found[0])
    found[0]["value"].setdefault("flows", []).append(flow)
    return wanted
