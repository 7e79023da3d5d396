"""Whether a reference is one of a model: of its features, and with labels as it has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assay.drift.errors import ReferenceUnfitError
from assay.drift.models import WatchedModel
from assay.drift.references.reference import Reference
from assay.monitoring.checking import Monitor
from assay.monitoring.concept import LabelledReference
from assay.monitoring.errors import MonitoringError
from assay.monitoring.performance import MulticlassCounts, RankingCounts
from assay.monitoring.performance.papers import kind_of
from assay.monitoring.profiles import Profile
from assay.monitoring.profiles.bins import NumericBins
from assay.monitoring.profiles.predicted import LABEL, SCORE

__all__ = ["held_against", "kept_of"]


def held_against(model: WatchedModel, reference: Reference) -> None:
    """Do nothing where a reference fits its model.

    Raises:
        ReferenceUnfitError: it does not; all reasons are said.
    """
    if reasons := [*_of_features(model, reference), *_of_labels(model, reference)] or [*_of_itself(reference)]:
        raise ReferenceUnfitError(model.name, reasons)


def kept_of(model: WatchedModel, profile: Profile) -> tuple[str, ...]:
    """Return the features of a profile that the model has, as words or numbers like there, in their order."""
    numeric = _numeric(model)
    pairs = zip(profile.names, profile.bins, strict=True)
    return tuple(name for name, bins in pairs if numeric.get(name) is isinstance(bins, NumericBins))


def _numeric(model: WatchedModel) -> Mapping[str, bool]:
    """What may be watched of a model, and whether it is a number."""
    return {each.name: each.type != "string" for each in model.schema.features} | {SCORE: True, LABEL: False}


def _of_features(model: WatchedModel, reference: Reference) -> Iterator[str]:
    numeric = _numeric(model)
    if not reference.profile.names:
        yield "the profile has no feature"
    for name, bins in zip(reference.profile.names, reference.profile.bins, strict=True):
        if name not in numeric:
            yield f"the profile has {name!r}, and the model no such feature; leave it out with --ignore {name}"
        elif numeric[name] != isinstance(bins, NumericBins):
            words = ("words", "numbers") if numeric[name] else ("numbers", "words")
            yield f"the profile has {name!r} as {words[0]}, and the contract as {words[1]}"


def _of_labels(model: WatchedModel, reference: Reference) -> Iterator[str]:
    if not reference.performance:
        return
    first = reference.performance[0]
    if kind_of(first) != model.kind:
        yield f"its labels are those of a {kind_of(first)} model, and the contract says {model.kind}"
    elif isinstance(first, RankingCounts) and first.cutoff != model.monitoring.ranking_cutoff:
        cutoff = model.monitoring.ranking_cutoff
        yield f"its lists were counted to place {first.cutoff:g}, and the contract says {cutoff}"
    elif isinstance(first, MulticlassCounts) and model.classes and first.classes != model.classes:
        yield f"its labels are of the classes {', '.join(first.classes)}, and the contract says {', '.join(model.classes)}"


def _of_itself(reference: Reference) -> Iterator[str]:
    """Whether it can be judged by at all: a window that is the reference itself is held to it once."""
    try:
        monitor = Monitor(reference.profile, 0.01)
        list(monitor.close(reference.profile.cells).verdicts())
        if reference.performance:
            LabelledReference.of(reference.performance).findings(reference.performance[0])
    except (ArithmeticError, LookupError, TypeError, ValueError, MonitoringError) as error:
        yield f"it is not whole, and no window can be held to it: {error}"
