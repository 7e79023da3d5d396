"""The first tier of JSON: engines that accept a record from its bytes, and the trial that each has to stand.

None of them has the last word. What they do not accept is explained by the authority, so they may only err by refusing.
"""

from __future__ import annotations

import functools
import importlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from random import Random
from typing import Any

import msgspec
import orjson

from assay.contracts.engine import validator
from assay.contracts.forms import Accept, Engine
from assay.contracts.forms.structs import NotExpressibleError, struct_type
from assay.contracts.json_text import may_be_deep, read_object
from assay.contracts.own_formats import checks_of
from assay.contracts.samples import damaged, least_size, samples

__all__ = ["accepted", "authority", "corvus", "fastest", "structs"]

_SAMPLES = 48
_DAMAGED = 3
"""Every damage is done to so many samples: some 500 records, which take 10 to 20 ms."""

_MOST_VALUES = 2000
"""No engine is tried on larger records: a thousand arrays of a thousand items would keep a contract from loading."""

_ROUNDS = 3
_SEED = 20_130_101
_OWN_MEANING = re.compile(r"\\[bB]|&&|--|~~|\[\[")
"""Parts of a pattern that engines read in more than one way; the authority's is the one that counts."""

Schema = dict[str, Any]


def accepted(accept: Accept, rows: Sequence[bytes]) -> list[bool]:
    """What an engine says of each row; one that it raises for is not accepted."""
    found: list[object] = []
    while len(found) < len(rows):
        try:
            found.extend(map(accept, islice(rows, len(found), None)))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001 -- a panic of an engine is no Exception; extend kept what came before it
            found.append(False)
    return list(map(bool, found))


@functools.lru_cache(maxsize=64)
def fastest(text: bytes) -> Engine:
    """The fastest engine over a schema that accepts nothing that the authority refuses, by trial; else the authority.

    A trial takes 20 to 40 ms; the same schema needs one only. Where records are large, the authority screens untried.
    """
    schema = orjson.loads(text)
    last, engines = authority(schema), list(_engines(schema))
    if not engines or least_size(schema) > _MOST_VALUES:
        return last
    random = Random(_SEED)  # noqa: S311 -- the same records in every process
    good = samples(schema, _SAMPLES, random)
    rows = [*good, *(each for record in good[:_DAMAGED] for each in damaged(record, random))]
    truth = accepted(last.accept, rows)
    wrong = [(engine, _false_accepts(engine, rows, truth)) for engine in engines]
    refused = tuple(f"{engine.name} accepts {count} of {len(rows)} wrongly" for engine, count in wrong if count)
    fit = [last, *(engine for engine, count in wrong if not count)]
    best = min(fit, key=lambda engine: _cost_s(engine.accept, good)) if len(fit) > 1 else last
    return replace(best, refused=refused)


def authority(schema: Schema) -> Engine:
    """The engine that has the last word, as one that screens."""
    is_valid: Callable[[object], bool] = validator(schema).is_valid
    return Engine("jsonschema-rs", lambda row: is_valid(read_object(row)))


def _false_accepts(engine: Engine, rows: Sequence[bytes], truth: Sequence[bool]) -> int:
    said = accepted(engine.accept, rows)
    return sum(yes and not good for yes, good in zip(said, truth, strict=True))


def _cost_s(accept: Accept, rows: Sequence[bytes]) -> float:
    def once() -> float:
        start = time.perf_counter()
        accepted(accept, rows)
        return time.perf_counter() - start

    return min(once() for _ in range(_ROUNDS))


def _guarded(schema: Schema, accept: Accept) -> Accept:
    """An engine that counts no levels, with the authority's word where a record may have too many."""
    if _is_shallow(schema):
        return accept
    last = authority(schema).accept
    return lambda row: accept(row) and (not may_be_deep(row) or last(row))


def _is_shallow(schema: object) -> bool:
    """Whether no record of the schema can nest deeper than the schema itself does."""
    if not isinstance(schema, dict) or "type" not in schema:
        return False
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    inside = [*schema.get("properties", {}).values()]
    if "object" in kinds and (more := schema.get("additionalProperties", True)) is not False:
        inside.append(more)
    if "array" in kinds:
        inside.append(schema.get("items", True))
    return all(map(_is_shallow, inside))


def _engines(schema: Schema) -> Iterator[Engine]:
    for name, make in (("corvus", corvus), ("msgspec", structs)):
        if accept := make(schema):
            yield Engine(name, accept)


def corvus(schema: Schema) -> Accept | None:
    """The engine that `assay-contracts[fast]` brings; None where it is not installed, or reads the schema its own way."""
    engine = _corvus()
    if engine is None or any(map(_OWN_MEANING.search, _patterns(schema))):
        return None
    own = checks_of(schema)
    try:
        compiled = engine.compile(_tightened(schema), assert_format=True, assert_content=False, formats=own)
    except (engine.SchemaCompilationError, engine.PatternMatchLimitError, ValueError):
        return None
    return _guarded(schema, compiled.is_valid_json)


def structs(schema: Schema) -> Accept | None:
    """The decoder of msgspec; None where it does not check all that the schema asks for."""
    try:
        return msgspec.json.Decoder(struct_type(schema)).decode
    except (NotExpressibleError, TypeError, ValueError):
        return None


@functools.cache
def _corvus() -> Any:
    try:
        return importlib.import_module("corvus_json_schema_rs")
    except ImportError:
        return None


def _tightened(schema: Any) -> Any:
    """The schema without -2^63, which that engine cannot tell from the integers below it."""
    if isinstance(schema, list):
        return [_tightened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {name: _tightened(each) for name, each in schema.items()}
    return changed | {"minimum": 1 - 2**63} if changed.get("minimum") == -(2**63) else changed


def _patterns(schema: object) -> Iterator[str]:
    inside = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    if isinstance(schema, dict) and isinstance(schema.get("pattern"), str):
        yield schema["pattern"]
    for each in inside:
        yield from _patterns(each)
