"""Reviews of a pull request, as a forge tells of them in JSON: who approved it, and at which commit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.cli.errors import CommandError

__all__ = ["Review", "approving", "read_reviews"]

_DECIDES = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


@dataclass(frozen=True, slots=True)
class Review:
    """The word of one account; `commit` is what it saw, empty where the forge does not say."""

    account: str
    state: str
    commit: str


def read_reviews(file: Path) -> list[Review]:
    """The reviews in a file, oldest first.

    It is what GitHub answers for the reviews of a pull request (pages one after the other), what `gh pr view --json
    reviews` prints, or the payload of a review's event.

    Raises:
        CommandError: it is none of these.
    """
    try:
        parts = list(_documents(file.read_text(encoding="utf-8")))
        return [_review(each) for part in parts for each in _listed(part)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{file}: these are no reviews as GitHub tells of them in JSON") from error


def approving(reviews: list[Review]) -> dict[str, Review]:
    """The review that stands of each account, if it approves: the last one that decides anything."""
    last = {each.account: each for each in reviews if each.state in _DECIDES}
    return {account: each for account, each in last.items() if each.state == "APPROVED"}


def _documents(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        value, at = decoder.raw_decode(text, at)
        yield value


def _listed(part: Any) -> list[Any]:
    if isinstance(part, list):
        return [one for each in part for one in (each if isinstance(each, list) else [each])]
    if "reviews" in part:
        return list(part["reviews"])
    return [part["review"]]


def _review(source: Any) -> Review:
    account = (source.get("user") or source.get("author") or {}).get("login", "")
    commit = source.get("commit_id") or (source.get("commit") or {}).get("oid", "")
    return Review(str(account).lower(), str(source["state"]).upper(), str(commit))
