"""What the service asks of a process that sends for it, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

__all__ = ["Outcome", "Question"]


class Question(TypedDict):
    """What is to be sent: the message in each form, of which the process takes the one that the service shows."""

    url: str
    targets: Sequence[str] | None
    title: str
    forms: Mapping[str, str]
    failure: bool
    timeout_s: float


class Outcome(TypedDict):
    """`taken`, `failed`, or `unfit`: Apprise knows no such URL, or one that can't be addressed."""

    status: str
