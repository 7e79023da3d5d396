"""Which features of a reference a model has still: contracts lose features, and give them another type. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from assay.drift.judging.scales import Longer
from assay.drift.judging.totals import Totals
from assay.drift.models import WatchedModel
from assay.drift.references import Reference
from assay.drift.references.fitting import kept_of

__all__ = ["still_watched"]


def still_watched(
    model: WatchedModel, reference: Reference, totals: Totals, longer: Sequence[Longer]
) -> tuple[Reference, Totals, Sequence[Longer]]:
    """Return all three without the features that the contract has no more, or not as words or numbers any more.

    They are wholly missing from then on, which is no drift: that they are gone was decided. What is left has a name of its
    own, so that what was learnt of all is not taken for what is to be learnt of it.
    """
    profile = reference.profile
    kept = kept_of(model, profile)
    if len(kept) == len(profile.names):
        return reference, totals, longer
    name = f"{reference.id}/{blake2b(repr(kept).encode(), digest_size=12).hexdigest()}"
    lines = [line for line, each in enumerate(profile.names) if each in kept]
    less = replace(reference, id=name, profile=profile.only(kept))

    def narrowed(whole: Totals) -> Totals:
        cells, hours = whole.features.get(reference.id), whole.hours.get(reference.id)
        return replace(
            whole,
            features={} if cells is None or not kept else {name: cells.only(lines, less.profile.cells.width)},
            hours={} if hours is None else {name: hours},
        )

    return less, narrowed(totals), [each._replace(totals=narrowed(each.totals)) for each in longer]
