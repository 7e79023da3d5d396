"""A store's URL: what it may be, and what is said of it."""

from __future__ import annotations

import pytest

from assay.runtime import StartError
from assay.runtime.engine import place_of, read_url


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("sqlite:///here/a.db", "here/a.db"),
        ("postgresql://ana:hush@db.example.org/assay", "db.example.org:5432/assay"),
        ("postgres://ana:hush@db.example.org:6432/assay?sslmode=require", "db.example.org:6432/assay"),
        ("postgresql://ana@/assay?host=/run/postgresql", "localhost:5432/assay"),
    ],
)
def test_place_of_a_store_opens_nothing(text: str, place: str) -> None:
    assert place_of(read_url(text, "STORE")) == place


@pytest.mark.parametrize(
    "text",
    ["hush", "mysql://ana:hush@host/db", "postgresql://ana:hu@sh@host/db", "postgresql://ana:hush@host:port/db", ""],
)
def test_url_that_is_no_store_is_refused_with_the_setting_and_without_the_password(text: str) -> None:
    with pytest.raises(StartError, match="STORE") as refused:
        read_url(text, "STORE")

    assert "hush" not in str(refused.value)
    assert refused.value.__cause__ is None
