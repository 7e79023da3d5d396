"""The other forms of a contract: what each is called, and how it is made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assay.contracts.checks import check_form
from assay.contracts.codegen.names import module_name
from assay.contracts.codegen.python import python_module
from assay.contracts.compatibility import Kind
from assay.contracts.ddl import ddl
from assay.contracts.document import Document, parse
from assay.contracts.errors import SchemaError
from assay.contracts.model import Contract, WireForm
from assay.contracts.schemas import schema_in
from assay.contracts.standard import STANDARD_VERSIONS, in_version
from assay.contracts.yaml_text import yaml_text

__all__ = ["CODE", "TARGETS", "Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """One form: `suffix` ends the name of its file, `write` makes its text.

    Avro and Protobuf raise SchemaError for a contract with names or types that they do not have.
    """

    suffix: str
    write: Callable[[Contract], str]
    said: Callable[[str, str], str] = lambda text, _: text
    """Puts what the text was made of into it, for a file that somebody finds."""

    def file_name(self, contract: Contract) -> str:
        """The file of a contract in this form."""
        return f"{module_name(contract.id) if self.suffix == '.py' else contract.id}{self.suffix}"

    def file(self, contract: Contract) -> str:
        """The text of that file: the form, with a line about where it came from."""
        line = f"Contract {contract.id} {contract.version}, by `assay contract codegen`: change the contract instead."
        return self.said(self.write(contract), line)


def _odcs(version: str) -> Callable[[Contract], str]:
    def write(contract: Contract) -> str:
        value = parse(contract.text, contract.id).value
        if value["apiVersion"] == STANDARD_VERSIONS[version]:
            return contract.text.decode("utf-8-sig")
        if version == "3.2":
            return yaml_text({**value, "apiVersion": STANDARD_VERSIONS[version]})
        return yaml_text(in_version(value, version))

    return write


def _json(schema: Mapping[str, Any]) -> str:
    return f"{json.dumps(schema, indent=2, ensure_ascii=False)}\n"


def _avro(contract: Contract) -> str:
    _check_held(contract, "avro")
    return _json(json.loads(schema_in(contract, Kind.AVRO).text))


def _json_schema(contract: Contract) -> str:
    return _json(json.loads(schema_in(contract, Kind.JSON).text))


def _protobuf(contract: Contract) -> str:
    _check_held(contract, "protobuf")
    return schema_in(contract, Kind.PROTOBUF).text


def _check_held(contract: Contract, form: WireForm) -> None:
    """Refuse a contract with names or types that a form does not have."""
    value = parse(contract.text, contract.id).value
    others = [each for each in value.get("customProperties", []) if each["property"] != "assay.topics"]
    written = {**value, "customProperties": [*others, {"property": "assay.topics", "value": {"format": form}}]}
    if findings := list(check_form(Document(contract.id, written, {}))):
        raise SchemaError("\n".join(f"{contract.id} {contract.version}: {each.message}" for each in findings))


def _with(key: str) -> Callable[[str, str], str]:
    """The line as a value of the schema, which has no place for comments."""

    def said(text: str, line: str) -> str:
        schema = json.loads(text)
        first = {name: schema.pop(name) for name in ("$schema", "type", "name", "namespace") if name in schema}
        return _json({**first, key: line, **schema})

    return said


def _above(mark: str) -> Callable[[str, str], str]:
    return lambda text, line: f"{mark} {line}\n\n{text}"


_SQL = _above("--")

CODE: Mapping[str, Target] = {
    "python": Target(".py", python_module),
    "avro": Target(".avsc", _avro, _with("doc")),
    "json-schema": Target(".schema.json", _json_schema, _with("$comment")),
    "protobuf": Target(".proto", _protobuf, _above("//")),
    "duckdb": Target(".duckdb.sql", lambda contract: ddl(contract, "duckdb"), _SQL),
    "postgres": Target(".postgres.sql", lambda contract: ddl(contract, "postgres"), _SQL),
    "spark": Target(".spark.sql", lambda contract: ddl(contract, "spark"), _SQL),
}
"""Forms that are code of other programs."""

TARGETS: Mapping[str, Target] = {
    **{f"odcs-{version}": Target(".odcs.yaml", _odcs(version)) for version in STANDARD_VERSIONS},
    **CODE,
}
"""Every form that a contract can be written in."""
