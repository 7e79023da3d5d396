"""Schemas as values: read, compared for identity, normalised, given back in the forms that clients ask for."""

from __future__ import annotations

from assay.contracts.schemas.contracts import schema_in, schema_of
from assay.contracts.schemas.reading import (
    MAX_REFERENCES_SIZE,
    MAX_SCHEMA_SIZE,
    ReadSchema,
    formatted,
    read_schema,
    reserved,
)

__all__ = [
    "MAX_REFERENCES_SIZE",
    "MAX_SCHEMA_SIZE",
    "ReadSchema",
    "formatted",
    "read_schema",
    "reserved",
    "schema_in",
    "schema_of",
]
