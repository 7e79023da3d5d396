"""A file of users, or of their events, into the sums of each variant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.cli.errors import CommandError
from assay.cli.tabular import read_table
from assay.contracts.words import did_you_mean, listed
from assay.monitoring.experiments import Experiment, Past, UserSums, sums_of, totals_of_users

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Columns", "UnusableError", "Users", "past_of", "registered", "users_of"]

MOST_VARIANTS = 50


class UnusableError(CommandError):
    """A file does not hold what was said; the message says where, what and what to do."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what; without a denominator a metric is per user, without a user each row is one."""

    variant: str
    numerator: str
    denominator: str | None
    user: str | None


@dataclass(frozen=True, slots=True)
class Users:
    """The sums of each variant; users who were in several variants are `crossed` and in none of the sums."""

    sums: Mapping[str, UserSums]
    crossed: int


def users_of(file: Path, columns: Columns) -> Users:
    """Read a file into the sums of its users.

    Raises:
        UnusableError: the file is of no kind that is read, lacks a column, or a cell is empty or not what it must be.
    """
    try:
        table = read_table(file, [each for each in (columns.variant, columns.user) if each], nulls=("",))
    except CommandError as error:
        raise UnusableError(str(error)) from error
    try:
        return _users(table, columns)
    except UnusableError as error:
        raise UnusableError(f"{file}: {error}") from error


def past_of(file: Path | None) -> Past:
    """Return what the look of a file left to this one; nothing without a file.

    Raises:
        UnusableError: it is not what `--json` said.
    """
    if file is None:
        return Past()
    try:
        said = json.loads(file.read_bytes())
        return Past.from_json(said.get("past") if isinstance(said, dict) else None)
    except (OSError, ValueError) as error:
        raise UnusableError(f"{file}: it is not what --json said at the look before: {error}") from error


def _users(table: pa.Table, columns: Columns) -> Users:
    for each in (columns.variant, columns.numerator, columns.denominator, columns.user):
        if each is not None and each not in table.column_names:
            raise UnusableError(_no_column(each, table.column_names))
    names, variants = _coded(table, columns.variant)
    if len(names) > MOST_VARIANTS:
        raise UnusableError(f"column {columns.variant!r} has {len(names):,} values; name one that says the variant")
    above = _numbers(table, columns.numerator)
    below = _numbers(table, columns.denominator) if columns.denominator else None
    crossed = 0
    if columns.user:
        variants, above, below, crossed = _by_user(_coded(table, columns.user)[1], variants, above, below)
    sums = {
        name: _sums(above[variants == code], below[variants == code] if below is not None else None, columns)
        for code, name in enumerate(names)
    }
    return Users(sums, crossed)


def registered(
    users: Users, expected: str | None, control: str | None, alpha: float, planned: int | None, least_users: int
) -> Experiment:
    """Return the experiment that the options and the file make together.

    Raises:
        ValueError: they make none.
    """
    shares = _shares(expected) if expected else dict.fromkeys(sorted(users.sums), 1.0)
    return Experiment(shares, control or next(iter(shares), ""), alpha, planned, least_users)


def _shares(text: str) -> dict[str, float]:
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = part.rpartition("=")
        try:
            weight = float(share)
        except ValueError:
            weight = float("nan")
        if not name.strip() or weight != weight or name.strip() in shares:
            raise ValueError(f"{part!r} is no share of a variant of its own; write them like a=0.5,b=0.5")
        shares[name.strip()] = weight
    return shares


def _sums(above: NDArray[np.float64], below: NDArray[np.float64] | None, columns: Columns) -> UserSums:
    try:
        return sums_of(above, below)
    except ValueError as error:
        named = " and ".join(repr(each) for each in (columns.numerator, columns.denominator) if each)
        raise UnusableError(f"columns {named}: {error}") from error


def _no_column(name: str, there: list[str]) -> str:
    return f"it has no column {name!r}{did_you_mean(name, there) or f'; it has {listed(sorted(there)[:20])}'}"


def _coded(table: pa.Table, column: str) -> tuple[list[str], NDArray[np.int64]]:
    """The values of a column as texts, and which of them each row has."""
    import pyarrow as pa
    from pyarrow import compute

    values = table.column(column)
    _filled(values, column, "say whose the row is, or leave it out")
    try:
        coded = compute.dictionary_encode(values.cast(pa.string()).combine_chunks())
    except pa.ArrowException as error:
        raise UnusableError(f"column {column!r} holds no names: {error}") from error
    return coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _numbers(table: pa.Table, column: str) -> NDArray[np.float64]:
    import pyarrow as pa

    values = table.column(column)
    _filled(values, column, "write 0 where a user did nothing")
    try:
        numbers = values.cast(pa.float64()).combine_chunks().to_numpy(zero_copy_only=False)
    except pa.ArrowException as error:
        raise UnusableError(f"column {column!r} is not all numbers: {str(error).splitlines()[0]}") from error
    if len(wrong := np.flatnonzero(~np.isfinite(numbers))):
        raise UnusableError(f"row {wrong[0] + 1}, column {column!r}: {numbers[wrong[0]]} is not a finite number")
    return np.asarray(numbers, dtype=np.float64)


def _filled(values: pa.ChunkedArray, column: str, advice: str) -> None:
    if values.null_count:
        row = values.is_null().to_pylist().index(True) + 1
        raise UnusableError(f"row {row}, column {column!r} is empty; {advice}")


def _by_user(
    users: NDArray[np.int64],
    variants: NDArray[np.int64],
    above: NDArray[np.float64],
    below: NDArray[np.float64] | None,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64] | None, int]:
    """One row for each user who was in one variant alone, and how many were in several."""
    least = np.full(users.max() + 1, np.iinfo(np.int64).max)
    most = np.full(users.max() + 1, -1)
    np.minimum.at(least, users, variants)
    np.maximum.at(most, users, variants)
    stayed = least == most
    totals = totals_of_users(users, above), None if below is None else totals_of_users(users, below)
    return least[stayed], totals[0][stayed], None if totals[1] is None else totals[1][stayed], int((~stayed).sum())
