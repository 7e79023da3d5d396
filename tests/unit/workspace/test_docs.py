"""Holds the reference pages to what the code names."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

import pytest
import typer

from assay.cli.__main__ import app
from assay.contracts import Reason
from assay.streaming import headers

DOCS = Path(__file__).parents[3] / "docs"
SERVICES = sorted(tomllib.loads((DOCS.parent / "workspace.toml").read_text())["services"])


def commands(group: object, name: str) -> list[str]:
    below = getattr(group, "commands", None)
    if below is None:
        return [name]
    return [line for word, command in below.items() for line in commands(command, f"{name} {word}")]


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_of_a_service_is_in_the_reference(service: str) -> None:
    text = (DOCS / "reference" / "environment.md").read_text()
    fields = importlib.import_module(f"assay.{service}.config").Config.model_fields
    rows = [f"| `ASSAY_{service}_{name}`".upper() for name in fields]
    assert [row for row in rows if row not in text] == []


def test_every_header_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "topics-and-headers.md").read_text()
    names = [getattr(headers, name) for name in headers.__all__ if name.isupper() and name != "PREFIX"]
    assert [name for name in names if f"| `{name}` |" not in text] == []


def test_every_reason_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "topics-and-headers.md").read_text()
    assert [reason for reason in Reason if f"`{reason}`" not in text] == []


def test_every_command_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "cli.md").read_text()
    assert [line for line in commands(typer.main.get_command(app), "assay") if f"| `{line}" not in text] == []


def test_every_page_is_in_the_table_of_contents() -> None:
    nav = (DOCS.parent / "mkdocs.yml").read_text()
    assert [page.name for page in DOCS.rglob("*.md") if str(page.relative_to(DOCS)) not in nav] == []
