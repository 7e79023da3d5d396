"""The schema that a contract's records have on the wire."""

from __future__ import annotations

import json

from assay.contracts.avro_schema import avro_schema
from assay.contracts.compatibility import Kind, SchemaText
from assay.contracts.model import Contract
from assay.contracts.protobuf_schema import protobuf_file
from assay.contracts.schema import json_schema
from assay.contracts.schemas.proto_text import printed
from assay.contracts.schemas.protobuf import plain

__all__ = ["schema_in", "schema_of"]

_KINDS = {"json": Kind.JSON, "avro": Kind.AVRO, "protobuf": Kind.PROTOBUF}


def schema_of(contract: Contract) -> SchemaText:
    """The schema of a contract's records in the form that they have on its topics; it needs no references."""
    return schema_in(contract, _KINDS[contract.form])


def schema_in(contract: Contract, kind: Kind) -> SchemaText:
    """The schema of a contract's records in one of the forms.

    What Avro and Protobuf can't say of a value is left to the contract: no options stand in the .proto text, for a
    client would have to be given the file that defines them.
    """
    match kind:
        case Kind.AVRO:
            return SchemaText(kind, json.dumps(avro_schema(contract), ensure_ascii=False))
        case Kind.JSON:
            return SchemaText(kind, json.dumps(json_schema(contract), ensure_ascii=False))
        case Kind.PROTOBUF:
            return SchemaText(kind, printed(plain(protobuf_file(contract)), lambda _: ()))
