"""What can go wrong in the drift service."""

from __future__ import annotations

from collections.abc import Sequence

from assay.runtime import AssayError, TransientError

__all__ = [
    "AnswerTooLargeError",
    "DriftError",
    "FaultError",
    "FeatureUnknownError",
    "JoinsError",
    "ModelUnknownError",
    "NotTestedError",
    "OverloadedError",
    "PageTokenError",
    "ReferenceUnfitError",
    "RequestError",
    "TimeUpError",
    "TooOldError",
    "WindowUnknownError",
]


class DriftError(AssayError):
    """Base of all errors of the drift service."""


class AnswerTooLargeError(DriftError):
    """The answer would be larger than a client takes."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(f"the answer has more than {most_bytes >> 20} MiB; ask for fewer keys, or name features")
        self.most_bytes = most_bytes


class FaultError(DriftError):
    """Something is wrong with Assay itself; the log has where."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"a fault of ours ({kind}); the log of the drift service has where")
        self.kind = kind


class FeatureUnknownError(DriftError):
    """The window says nothing of such a feature."""

    def __init__(self, feature: str, near: str) -> None:
        super().__init__(f"the window has no feature {feature[:80]!r}{near}")
        self.feature = feature[:80]


class JoinsError(DriftError, TransientError):
    """The file of what waits to be joined can't be used now."""

    def __init__(self, path: str, cause: Exception) -> None:
        super().__init__(
            f"{path}: {cause}; one process at a time may hold it, and its disk needs room: see ASSAY_DRIFT_JOINS"
        )
        self.path = path


class ModelUnknownError(DriftError):
    """No contract speaks of such a model."""

    def __init__(self, model: str) -> None:
        super().__init__(f"no contract has a model {model!r}; `assay model init` writes contracts of one")
        self.model = model


class NotTestedError(DriftError):
    """There is nothing to draw: the feature was not tested in the window."""

    def __init__(self, feature: str, why: str) -> None:
        super().__init__(f"{feature}: {why}; there is nothing to draw")
        self.feature = feature


class OverloadedError(DriftError, TransientError):
    """Too much of this is under way already."""

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"at most {most} {what}; try again later")
        self.what, self.most = what, most


class PageTokenError(DriftError):
    """A page is asked for that is none of this question's."""

    def __init__(self) -> None:
        super().__init__("page_token: it belongs to another question; ask on with the same key, times and features")


class ReferenceUnfitError(DriftError):
    """What was given can't be what a model is held to."""

    def __init__(self, model: str, reasons: Sequence[str]) -> None:
        super().__init__(f"no reference of the model {model!r}: {'; '.join(reasons)}")
        self.model = model
        self.reasons = tuple(reasons)


class RequestError(DriftError):
    """A field of the call can't be used as it is."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class TimeUpError(DriftError, TransientError):
    """An answer took longer than any may."""

    def __init__(self, after_s: float) -> None:
        super().__init__(f"the call took longer than {after_s:g} s; ask for less")
        self.after_s = after_s


class TooOldError(DriftError):
    """All that is asked for is older than what is kept."""

    def __init__(self, first_ms: int) -> None:
        super().__init__(f"until_ms: the oldest window that is kept begins at {first_ms}; older ones are gone")
        self.first_ms = first_ms


class WindowUnknownError(DriftError):
    """There is no such window, or none that is complete yet."""

    def __init__(self, series: str, start_ms: int) -> None:
        which = f"no window that begins at {start_ms}" if start_ms else "no complete window yet"
        super().__init__(f"{series} has {which}; `assay drift windows` lists those that are kept")
        self.series, self.start_ms = series, start_ms
