"""A process that starts loads no library that only some of its work needs: each costs a tenth of a second to a whole one."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = {
    "aiohttp",
    "alembic",
    "deltalake",
    "duckdb",
    "fastavro",
    "faust",
    "grpc",
    "httpx",
    "hypothesis",
    "jinja2",
    "numpy",
    "opentelemetry.exporter.otlp",
    "pandas",
    "pyarrow",
    "pyarrow.compute",
    "pyarrow.dataset",
    "pydantic",
    "requests",
    "schemathesis",
    "sqlalchemy",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
    "structlog",
    "uvicorn",
}
EVERY = {"grpc", "pydantic", "structlog"}
NEEDED = {
    "assay.cli": set[str](),
    "assay.ingestion": {"numpy"} | EVERY,
    "assay.validation": {"numpy"} | EVERY,
    "assay.registry": {"sqlalchemy", "uvicorn"} | EVERY,
    "assay.recovery": {"numpy", "sqlalchemy"} | EVERY,
    "assay.alerts": {"aiohttp", "faust", "httpx", "numpy", "sqlalchemy"} | EVERY,
    "assay.warehouse": {"deltalake", "duckdb", "numpy", "pyarrow"} | EVERY,
}
"""By what is started; those that need least come first, for one process imports them all in this order."""

PROGRAM = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(f"{name}.__main__")
    print(name, *sys.modules)
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """What is loaded of the slow ones once each main module is imported, and those before it."""
    said = subprocess.check_output([sys.executable, "-c", PROGRAM, *NEEDED], text=True)
    lines = [line.split() for line in said.splitlines()]
    return {name: SLOW & set(modules) for name, *modules in lines}


@pytest.mark.parametrize("name", NEEDED)
def test_a_start_loads_what_it_needs_to_serve_and_no_more(name: str, loaded: dict[str, set[str]]) -> None:
    so_far = list(NEEDED)[: list(NEEDED).index(name) + 1]
    assert loaded[name] <= set().union(*(NEEDED[each] for each in so_far))
