"""The judge of JSON values by a plain JSON Schema, of any draft from 4 on: the engine of the contracts without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from assay.contracts.engine import checked
from assay.contracts.errors import MalformedRecordError, SchemaError
from assay.contracts.expansion import MAX_EXPANSION, expansion
from assay.contracts.json_text import read_value
from assay.contracts.rfc3339 import is_date, is_date_time, is_time
from assay.contracts.verdict import Reason, Verdict, Violation
from assay.contracts.words import listed

__all__ = ["DRAFTS", "SchemaJudge"]

DRAFTS = {
    "4": jsonschema_rs.Draft4Validator,
    "6": jsonschema_rs.Draft6Validator,
    "7": jsonschema_rs.Draft7Validator,
    "2019-09": jsonschema_rs.Draft201909Validator,
    "2020-12": jsonschema_rs.Draft202012Validator,
}
"""The drafts of JSON Schema, by name."""

_FORMATS = {"date": is_date, "time": is_time, "date-time": is_date_time}
"""The engine's own take `*+,-./` where a digit is due (jsonschema-rs 0.60.3)."""

_NAMELESS = "json-schema:///"
"""What the engine takes a schema without a URI to be below."""


class SchemaJudge:
    """Judges JSON values by one schema. Formats are asserted, patterns take linear time, nothing is fetched."""

    def __init__(
        self,
        schema: Mapping[str, Any] | bool,
        draft: str | None = None,
        *,
        formats: bool = True,
        resources: Mapping[str, Any] | None = None,
        max_bytes: int = 1024 * 1024,
    ) -> None:
        """Compile a schema of the draft, else of the one it names, else of the newest; `resources` are schemas by URI.

        Raises:
            SchemaError: it is no schema of that draft, a pattern needs more than linear time, or something is missing.
        """
        if (count := max(map(expansion, (schema, *(resources or {}).values())))) > MAX_EXPANSION:
            raise SchemaError(f"{count} schemas apply to one value; at most {MAX_EXPANSION} may")
        whole = dict(schema) if isinstance(schema, Mapping) else schema
        self._max_bytes = max_bytes
        if draft is not None and draft not in DRAFTS:
            raise SchemaError(f"there is no draft {draft!r}; there are {listed(DRAFTS)}")
        try:
            kind = DRAFTS[draft] if draft else jsonschema_rs.validator_cls_for(whole)
            self._schema = kind(
                whole,
                formats=_FORMATS,
                validate_formats=formats,
                retriever=_known(resources or {}),
                pattern_options=jsonschema_rs.RegexOptions(),
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise SchemaError(str(error).partition("\n")[0]) from error

    def judge(self, value: bytes) -> Verdict:
        """The verdict on one value. Never raises: an engine that fails is a reason of its own."""
        if len(value) > self._max_bytes:
            expected, found = f"at most {self._max_bytes} bytes", f"{len(value)} bytes"
            return _refused(Reason.TOO_LARGE, "maxRecordBytes", expected, found)
        try:
            return checked(self._schema, read_value(value), value)
        except MalformedRecordError as error:
            return _refused(Reason.MALFORMED, "json", "a JSON value", error.found)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 -- a panic of an engine is no Exception
            return _refused(Reason.ENGINE, "engine", "a verdict", type(error).__name__)


def _known(resources: Mapping[str, Any]) -> Callable[[str], Any]:
    """Schemas by URI, or by name where the schema has no URI; any other is missing, whatever the network might have."""

    def retrieve(uri: str) -> Any:
        name = uri.removeprefix(_NAMELESS)
        if name not in resources:
            raise LookupError(f"the schema {name} is not given")
        return resources[name]

    return retrieve


def _refused(reason: Reason, rule: str, expected: str, found: str) -> Verdict:
    return Verdict(reason, (Violation("", rule, expected, found),))
