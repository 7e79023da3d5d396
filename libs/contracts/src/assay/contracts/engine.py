"""The engine of JSON Schema that has the last word on a value, and its errors as violations."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from assay.contracts.own_formats import checks_of

__all__ = ["validator"]


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """An engine over the schema that reads no network and whose patterns take linear time."""
    return jsonschema_rs.Draft202012Validator(
        schema,
        formats=checks_of(schema),
        validate_formats=True,
        ignore_unknown_formats=False,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(),
    )
