"""The check as tests ask it: schemas as Python has them, one version before."""

from __future__ import annotations

import json
from typing import Any

from assay.contracts.compatibility import Comparison, Kind, Mode, Policy, SchemaText, check

Schema = Any


def avro(old: Schema, new: Schema, *references: Schema) -> Comparison:
    known = {str(place): json.dumps(each) for place, each in enumerate(references)}
    return _compared(*(SchemaText(Kind.AVRO, json.dumps(each), known) for each in (old, new)))


def jsons(old: Schema, new: Schema, policy: Policy = Policy.STRICT, resources: Schema = None) -> Comparison:
    known = {name: json.dumps(each) for name, each in (resources or {}).items()}
    return _compared(*(SchemaText(Kind.JSON, json.dumps(each), known) for each in (old, new)), policy=policy)


def proto(old: str, new: str, **imports: str) -> Comparison:
    return _compared(*(SchemaText(Kind.PROTOBUF, each, imports) for each in (old, new)))


def _compared(old: SchemaText, new: SchemaText, *, policy: Policy = Policy.STRICT) -> Comparison:
    (only,) = check(new, [old], Mode.BACKWARD, policy=policy).comparisons
    return only


def rules(comparison: Comparison) -> list[tuple[str, str]]:
    return [(each.path, each.rule) for each in comparison.breaks]
