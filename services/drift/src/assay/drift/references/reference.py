"""A reference: what a version of a model is held to, its profile and what its labels came to."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from hashlib import blake2b

from assay.monitoring.losses import LossModel, read_losses
from assay.monitoring.multivariate import PairReference, read_pairs
from assay.monitoring.performance.papers import ModelCounts, read_performance
from assay.monitoring.profiles import Profile
from assay.monitoring.profiles.papers import profile_from_json

__all__ = ["LEARNT", "SET", "Paper", "Reference", "read", "taken_in"]

SET, LEARNT = "set", "learnt"

MOST_BYTES = 64 * 2**20
"""A profile of 500 features, with how windows differ, takes 8 MB."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a version of a model is held to; `performance` are labelled counts by window, in order of time.

    `pairs` is how its features go together; without it, it is not watched. `losses` says how large the errors of a regression
    are by its features; without it, by its predictions alone.
    """

    id: str
    model: str
    model_version: str
    profile: Profile
    performance: tuple[ModelCounts, ...]
    source: str
    since_ms: int
    pairs: PairReference | None = None
    losses: LossModel | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A reference as it is kept: its documents packed."""

    id: str
    model: str
    model_version: str
    profile: bytes
    performance: bytes
    source: str
    since_ms: int
    place: int = 0
    """Its place among all that were set; that of a version with the highest is in force."""


def taken_in(model: str, version: str, profile: bytes, performance: bytes, source: str, at_ms: int) -> Paper:
    """Return the paper of what was given; the same given again has the same id.

    A profile that holds labelled counts itself needs no others.
    """
    counts = performance or profile
    said = b"\0".join(
        blake2b(each, digest_size=16).digest() for each in (model.encode(), version.encode(), profile, counts)
    )
    name = blake2b(said, digest_size=12).hexdigest()
    return Paper(name, model, version, zlib.compress(profile), zlib.compress(performance), source, at_ms)


def read(paper: Paper) -> Reference:
    """Unpack a paper.

    Raises:
        ProfileError: it holds no profile that can be read, or pairs or a model of the loss that are not whole.
        UnreadableCountsError: its labelled counts can't be read.
    """
    text, performance = zlib.decompress(paper.profile), zlib.decompress(paper.performance)
    profile, pairs = profile_from_json(text.decode(errors="replace")), read_pairs(text)
    return Reference(
        paper.id,
        paper.model,
        paper.model_version,
        profile,
        read_performance(performance or text),
        paper.source,
        paper.since_ms,
        pairs,
        read_losses(text, profile, pairs),
    )
