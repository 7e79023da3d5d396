"""The contracts of a model from what the command line says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, get_args

import typer

from assay.cli.errors import CommandError
from assay.cli.forms.files import saved
from assay.cli.forms.tables import records_of
from assay.contracts import ContractError, Party, lint
from assay.contracts.analytical import KINDS, Feature, FeatureSchema, Model, contracts_of
from assay.contracts.analytical.model import Layout
from assay.contracts.analytical.table import columns_of
from assay.contracts.inference import Sample
from assay.contracts.model_log import FEATURE_TYPES
from assay.contracts.words import did_you_mean, listed

__all__ = ["Asked", "Drafted", "drafted", "kept"]

_Word = TypeVar("_Word", bound=str)

_ROWS = 10_000
"""Of a table, so many are looked at."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `assay model init`, as they were written."""

    name: str
    features: tuple[str, ...]
    table: Path | None
    ignored: tuple[str, ...]
    kind: str
    classes: tuple[str, ...]
    layout: str
    versions: tuple[str, ...]
    partitions: int
    horizon_days: int
    owner: str
    contact: str
    consumers: tuple[str, ...]
    version: str
    window: str = ""
    hop: str = ""
    reference_rows: int = 0
    scales: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drafted:
    """The texts of contracts by the names of their files."""

    texts: Mapping[str, str]
    schema_id: str
    left_out: tuple[str, ...]


def drafted(asked: Asked) -> Drafted:
    """The contracts that were asked for; each lints.

    Raises:
        typer.BadParameter: an option says what can't be meant.
        CommandError: the table can't be read, or has no column that is a feature.
        ContractError: a name can't be part of a contract.
    """
    features, left_out = _features(asked)
    try:
        schema = FeatureSchema(features)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--feature") from error
    model = Model(
        name=asked.name,
        features=schema,
        kind=_one_of(asked.kind, KINDS, "--kind"),
        classes=_classes(asked),
        layout=_one_of(asked.layout, get_args(Layout), "--layout"),
        version=asked.version,
        versions=asked.versions,
        partitions=asked.partitions,
        horizon_days=asked.horizon_days,
        owner=asked.owner,
        contact=asked.contact,
        consumers=tuple(map(_consumer, asked.consumers)),
        window=asked.window,
        hop=asked.hop,
        reference_rows=asked.reference_rows,
        scales=asked.scales,
    )
    texts = contracts_of(model)
    if findings := [each for file, text in texts.items() for each in lint(text.encode(), file)]:
        raise ContractError(findings)
    return Drafted(texts, schema.id, left_out)


def kept(texts: Mapping[str, str], folder: Path, *, overwrite: bool) -> list[str]:
    """Write the files, and return where they are.

    Raises:
        CommandError: one is there and says otherwise; then nothing is written.
    """
    paths = {folder / name: text for name, text in texts.items()}
    for path, text in paths.items():
        if path.exists() and path.read_text(encoding="utf-8") != text and not overwrite:
            raise CommandError(f"{path} is there and says otherwise; write to another --output, or --overwrite it")
    for path, text in paths.items():
        saved(path, text)
    return [str(path) for path in paths]


def _features(asked: Asked) -> tuple[tuple[Feature, ...], tuple[str, ...]]:
    if asked.table is None:
        found: tuple[tuple[Feature, ...], tuple[str, ...]] = (tuple(map(_feature, asked.features)), ())
    else:
        found = _from_table(asked.table, asked.ignored, tuple(map(_feature, asked.features)))
    if not found[0]:
        raise typer.BadParameter("a model has features; name them with --feature, or a table with --table")
    return found


def _from_table(
    table: Path, ignored: Sequence[str], said: tuple[Feature, ...]
) -> tuple[tuple[Feature, ...], tuple[str, ...]]:
    """The columns of a table; what --feature says of one holds, and one that the table does not have comes after."""
    sample = Sample()
    for row in records_of(table, _ROWS):
        sample.add(row)
    try:
        columns = columns_of(sample, ignored)
    except ValueError as error:
        raise CommandError(f"{table}: {error}; give it rows, or name the features with --feature") from error
    named = {each.name: each for each in said}
    taken = tuple(named.pop(each.name, each) for each in columns.features)
    return (*taken, *named.values()), columns.left_out


def _feature(said: str) -> Feature:
    name, *rest = said.split(":")
    if not name or not 1 <= len(rest) <= 2:
        raise typer.BadParameter(f"{said!r} is no feature; write NAME:TYPE, like age:integer", param_hint="--feature")
    kind = _one_of(rest[0], FEATURE_TYPES, "--feature")
    return Feature(name, kind, rest[1] if len(rest) > 1 else "")


def _classes(asked: Asked) -> tuple[str, ...]:
    if asked.classes and asked.kind not in ("binary", "multiclass"):
        raise typer.BadParameter(f"a model of kind {asked.kind} has no classes; leave them out", param_hint="--class")
    if len(asked.classes) == 1:
        raise typer.BadParameter("there are two classes at least; name them all", param_hint="--class")
    return asked.classes


def _consumer(said: str) -> Party:
    name, _, contact = said.partition("=")
    if not name or not contact:
        raise typer.BadParameter(f"{said!r} is no consumer; write ID=CONTACT", param_hint="--consumer")
    return Party(name, contact)


def _one_of(said: str, known: Sequence[_Word], option: str) -> _Word:
    found = next((each for each in known if each == said), None)
    if found is None:
        hint = did_you_mean(said, known) or f"; use one of {listed(known)}"
        raise typer.BadParameter(f"there is no {said!r}{hint}", param_hint=option)
    return found
