"""What is said of an alarm: what and how bad, and the first steps. Pure; people's words are made by the alerts service."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from assay.contracts import Reason
from assay.recovery.alarms.alarm import Alarm, Saying
from assay.recovery.alarms.sight import Counted, Sight
from assay.recovery.status import FailureStatus
from assay.recovery.store import Failure

__all__ = [
    "errors_end",
    "failure_begins",
    "failure_ends",
    "many_begin",
    "many_end",
    "producer_begins",
    "producer_ends",
]

WORD = re.compile(r"[\w@%+=:,./ -]+")
"""Characters that stay what they are in a command, whoever shows it."""


def failure_begins(failure: Failure, sight: Sight) -> Saying:
    """A failure that nobody knows, or of which the flow that is for it has repaired nothing."""
    rate = f", {failure.rate_per_min:.3g} a minute" if failure.rate_per_min >= 1 else ""
    whose = f" from {failure.producer}" if failure.producer else ""
    left = ", and no flow has repaired one" if failure.status is FailureStatus.KNOWN else ""
    return Saying(
        promised=f"every record keeps {sight.contract.id} {failure.version}",
        measured=f"{_letters(failure.open)} open{whose}{rate}{left}: {_what(failure)}",
        value=float(failure.open),
        path=failure.path,
        first_steps=_steps(failure),
    )


def failure_ends(failure: Failure | None, alarm: Alarm, sight: Sight) -> Saying:
    """A failure of which nothing is open, or whose dead letters are known and have stopped."""
    promised = f"every record keeps {sight.contract.id}"
    if failure is None:
        return Saying(promised, f"its {_letters(alarm.dead_letters)} are no longer kept")
    return Saying(promised, f"{_end_of(failure, sight)}: {_what(failure)}", path=failure.path)


def _end_of(failure: Failure, sight: Sight) -> str:
    parts = [
        (failure.passed, "whole again"),
        (failure.discarded, "discarded"),
        (failure.quarantined, "quarantined"),
        (failure.returned, "refused again, as dead letters of their own"),
    ]
    told = [f"{count:,} {word}" for count, word in parts if count]
    if failure.open and failure.status is FailureStatus.KNOWN:
        quiet = f"no new one for {_duration(sight.bounds.quiet_s)}"
        return ", ".join([*told, f"{_letters(failure.open)} still open, and known", quiet])
    if failure.open:
        kept = f"past the {sight.contract.dead_letters_retention_h} h that dead letters are kept"
        return ", ".join([*told, f"{_letters(failure.open)} {kept}"])
    return f"of {_letters(failure.dead_letters)} none is open: {', '.join(told) or 'all settled'}"


def errors_end() -> Saying:
    """The error rate is no matter of recovery any more."""
    return Saying("the error rate is kept", "it is measured with the contract's other service levels from now on")


def producer_begins(producer: str, counted: Counted, failures: Sequence[Failure], sight: Sight) -> Saying:
    """Every record of a producer is refused: its failures are told with this."""
    largest = sorted(failures, key=lambda each: (-each.open, each.fingerprint))
    held = ", ".join(_what(each) for each in largest[:3])
    more = f" and {len(largest) - 3} more" if len(largest) > 3 else ""
    said = f"all {counted.refused:,} records of {producer} in {_duration(sight.bounds.producer_s)} are refused"
    steps = [f"assay dead-letters list {_word(sight.contract.id)} --producer={_word(producer)}"]
    steps += _steps(largest[0]) if largest else ()
    return Saying(
        promised=f"the records of {producer} keep {sight.contract.id}",
        measured=f"{said}; {_failures(len(largest))}, told here alone: {held}{more}",
        value=float(counted.refused),
        first_steps=tuple(steps),
    )


def producer_ends(alarm: Alarm, counted: Counted, sight: Sight) -> Saying:
    """A producer sends valid records again, or none; and what it sent before is settled or known."""
    now = (
        f"{counted.valid:,} of {counted.records:,} records in {_duration(sight.bounds.producer_s)} are valid"
        if counted.valid
        else f"it has sent nothing for {_duration(sight.bounds.quiet_s)}"
    )
    promised = f"the records of {alarm.producer} keep {sight.contract.id}"
    return Saying(promised, f"{alarm.producer}: {now}, and its failures are settled or known")


def many_begin(count: int, sight: Sight) -> Saying:
    """More new failures than people can be told of one by one."""
    words = f"{count:,} more new failures, told here alone"
    return Saying(
        promised=f"every record keeps {sight.contract.id}",
        measured=words,
        value=float(count),
        first_steps=(f"assay dead-letters list {_word(sight.contract.id)}",),
    )


def many_end(sight: Sight) -> Saying:
    """All of them are settled or known."""
    return Saying(
        f"every record keeps {sight.contract.id}", "the failures that were told together are settled or known"
    )


def _what(failure: Failure) -> str:
    """The failure in words: reason, place and rule, and the shape that was found."""
    if failure.is_rest:
        return "failures of many kinds"
    if failure.reason == Reason.RULE:
        asked = f": {failure.violations[0].expected}" if failure.violations else ""
        return f"rule {failure.rule} does not hold{asked}"
    place = failure.path or failure.rule
    rule = f" breaks {failure.rule}" if failure.path and failure.rule else ""
    found = f", found {failure.shape}" if failure.shape else ""
    return f"{failure.reason}: {place}{rule}{found}" if place else failure.reason


def _steps(failure: Failure) -> tuple[str, ...]:
    """What to do first; fingerprints are hexadecimal, so nothing of a record is in a command."""
    show, propose = (f"assay dead-letters {verb} {failure.fingerprint}" for verb in ("show", "propose"))
    return (show,) if failure.reason not in (Reason.SCHEMA, Reason.RULE) else (show, propose)


def _letters(count: int) -> str:
    return "1 dead letter" if count == 1 else f"{count:,} dead letters"


def _failures(count: int) -> str:
    return "1 failure" if count == 1 else f"{count:,} failures"


def _duration(seconds: int) -> str:
    for size, name in ((3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {name}"
    return f"{seconds} s"


def _word(text: str) -> str:
    """A word of a command as a shell takes it; a name that could become more than a word is left to be filled in.

    A producer gives itself its name, and who shows a notice puts other marks in place of those of markup and links.
    """
    return shlex.quote(text) if WORD.fullmatch(text) and "://" not in text else "NAME"
