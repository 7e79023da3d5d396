"""A failure as a case: with the versions of its contract, what failed beside it and what was judged meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

from assay.client import Version
from assay.contracts import Contract, ContractError, load
from assay.recovery.alarms.sight import MINUTE_MS, Sight
from assay.recovery.causes import Case, Sibling, likely_cause
from assay.recovery.identity import Identity
from assay.recovery.store import Failure, Rate

__all__ = ["Causes", "Versions"]

BESIDE_MS = 10 * MINUTE_MS
MAX_SIBLINGS = 200


class Versions(Protocol):
    """What is known of contracts, as `assay.client.Catalog` promises."""

    @property
    def contracts(self) -> Mapping[str, Contract]: ...

    @property
    def versions(self) -> Mapping[str, Mapping[str, Version]]: ...


class Causes:
    """Says what has most likely happened. It loads versions and compares them: tens of milliseconds, for a thread."""

    def __init__(self, known: Versions) -> None:
        self._known = known
        self._loaded: dict[bytes, Contract | None] = {}

    def of(self, failure: Failure, sight: Sight) -> str:
        """Return the likely cause of a failure in words; empty where nothing is likely."""
        cause = likely_cause(self.case(failure, sight.failures, sight.rates, sight.contract.topics.raw_replay))
        return str(cause) if cause else ""

    def case(self, failure: Failure, beside: Sequence[Failure], rates: Sequence[Rate], replays: str) -> Case:
        """Return all that may say why a failure is; `replays` is the topic whose records are not counted."""
        judged = [
            rate
            for rate in rates
            if rate.producer == failure.producer
            and rate.topic != replays
            and rate.minute_ms > failure.first_seen_ms - MINUTE_MS
        ]
        versions = self._known.versions.get(failure.contract, {})
        others = [self._contract(versions, each) for each in self._beside(failure, versions)]
        return Case(
            identity=_identity(failure),
            dead_letters=failure.dead_letters,
            violations=failure.violations,
            declared=failure.producer_version,
            judged_by=self._contract(versions, failure.version),
            others=tuple(each for each in others if each),
            siblings=tuple(_siblings(failure, beside)),
            records=sum(rate.valid + rate.refused for rate in judged),
            refused=sum(rate.refused for rate in judged),
        )

    def _beside(self, failure: Failure, versions: Mapping[str, Version]) -> list[str]:
        """The version that the producer declares, the one in force, and the one before that which judged."""
        in_force = self._known.contracts.get(failure.contract)
        before = [one for one in versions if _number(one) < _number(failure.version)]
        wanted = [failure.producer_version, in_force.version if in_force else "", max(before, key=_number, default="")]
        return [one for one in dict.fromkeys(wanted) if one in versions and one != failure.version]

    def _contract(self, versions: Mapping[str, Version], version: str) -> Contract | None:
        found = versions.get(version)
        if found is None:
            return None
        if found.text not in self._loaded:
            self._loaded[found.text] = _load(found.text)
        return self._loaded[found.text]


def _load(text: bytes) -> Contract | None:
    try:
        return load(text)
    except ContractError:  # another release of Assay took it
        return None


def _siblings(failure: Failure, beside: Sequence[Failure]) -> Iterator[Sibling]:
    """The first, which are the largest, of those that had dead letters in the same time."""
    near = (
        each
        for each in beside
        if each.fingerprint != failure.fingerprint
        and each.last_seen_ms >= failure.first_seen_ms - BESIDE_MS
        and each.first_seen_ms <= failure.last_seen_ms + BESIDE_MS
    )
    return (Sibling(_identity(each), each.dead_letters) for each in islice(near, MAX_SIBLINGS))


def _identity(failure: Failure) -> Identity:
    names = ("contract", "version", "reason", "path", "rule", "shape", "producer")
    return Identity(**{name: getattr(failure, name) for name in names})


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split(".") if part.isdigit())
