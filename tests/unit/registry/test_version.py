"""Which version may follow which, and where a watcher goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.registry.errors import VersionMalformedError, VersionNotRaisedError, VersionTakenError
from assay.registry.version import History, PublishedVersion, Token, admit, restated, resume


def published(version: str, number: int = 1) -> PublishedVersion:
    return PublishedVersion(number, "orders", version, f"text of {version}".encode(), 0, number)


def test_first_version_is_new() -> None:
    assert admit([], "orders", "1.0.0", b"text") is None


def test_same_text_is_the_version_that_is_there() -> None:
    known = published("1.0.0")

    assert admit([known, published("1.1.0", 2)], "orders", "1.0.0", known.text) is known


def test_same_version_with_other_text_is_refused_by_name() -> None:
    with pytest.raises(
        VersionTakenError, match=r"orders: version 1\.0\.0 is published with another text; raise the version"
    ):
        admit([published("1.0.0")], "orders", "1.0.0", b"other")


@pytest.mark.parametrize("version", ["1.0.9", "1.1.0-rc.1", "0.9.0", "1.1.0+build"])
def test_version_that_is_not_above_the_newest_is_refused(version: str) -> None:
    with pytest.raises(VersionNotRaisedError, match=r"not above the newest, 1\.1\.0"):
        admit([published("1.0.0"), published("1.1.0", 2)], "orders", version, b"text")


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.9.0", "1.10.0"),
        ("1.0.0-rc.1", "1.0.0"),
        ("1.0.0-rc.2", "1.0.0-rc.10"),
        ("1.0.0-1", "1.0.0-a"),
        ("1.0.0", "2.0.0-a"),
    ],
)
def test_versions_are_ordered_as_semantic_versions(older: str, newer: str) -> None:
    assert admit([published(older)], "orders", newer, b"text") is None


@pytest.mark.parametrize("version", ["1", "1.0", "one", "", "1.0.0.0", "01.0.0"])
def test_version_that_cannot_be_ordered_is_refused(version: str) -> None:
    with pytest.raises(VersionMalformedError):
        admit([], "orders", version, b"text")


def test_watcher_goes_on_from_its_token() -> None:
    assert resume(History("a", 7), Token("a", 5)) == 5


@pytest.mark.parametrize("token", [Token("b", 5), Token("", 0), Token("a", 8), Token("a", -1)])
def test_watcher_from_another_history_starts_from_the_beginning(token: Token) -> None:
    assert resume(History("a", 7), token) == 0


def test_newer_major_deprecates_what_came_before() -> None:
    changed = restated([published("1.0.0", 1), published("1.1.0", 2)], published("2.0.0", 3))

    assert [(one.version, one.deprecated) for one in changed] == [("1.0.0", True), ("1.1.0", True)]


def test_newer_minor_deprecates_nothing() -> None:
    assert restated([published("1.0.0", 1)], published("1.1.0", 2)) == []


def test_version_that_ends_its_contract_deprecates_all_and_one_that_goes_on_takes_it_back() -> None:
    ended = replace(published("1.1.0", 2), deprecated=True)
    changed = restated([published("1.0.0", 1)], ended)
    back = restated([*changed, ended], published("1.2.0", 3))

    assert [one.deprecated for one in changed] == [True]
    assert [(one.version, one.deprecated) for one in back] == [("1.0.0", False), ("1.1.0", False)]
