"""States, severities and moments of windows, as a person reads them in a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from assay.api.drift.v1.drift_pb2 import WindowKey
from assay.api.drift.v1.window_pb2 import DriftState, Window
from assay.cli.alerts.words import window as span
from assay.cli.letters.facts import word
from assay.cli.plain import plain

__all__ = ["FIRING", "LOUD", "moved", "name", "number", "severity", "share", "span", "state", "states"]

FIRING = DriftState.DRIFT_STATE_FIRING
LOUD = (DriftState.DRIFT_STATE_PENDING, FIRING)

_STATES = {"firing": "bold red", "pending": "bold yellow", "ok": "green", "insufficient": "dim", "learning": "cyan"}
_SEVERITIES = {"critical": "bold white on red", "warning": "bold yellow", "info": "cyan"}


def state(code: int) -> Text:
    """Return how something stands, in its colour; nothing where nothing is said."""
    said = word(DriftState.DESCRIPTOR, code) if code else ""
    return Text(said, _STATES.get(said, ""))


def severity(said: str) -> Text:
    """Return how bad it is, in its colour."""
    return Text(f" {said.upper()} " if said == "critical" else said, _SEVERITIES.get(said, ""))


def name(key: WindowKey) -> Text:
    """Return a series: `delays 3 country=SE`."""
    return plain(" ".join(part for part in (key.model, key.model_version, key.segment) if part))


def number(value: float | None) -> str:
    """Return a number in three digits; nothing for none."""
    return "" if value is None else f"{value:.3g}"


def share(value: float) -> str:
    """Return a share in percent."""
    return f"{100 * value:.1f} %"


def states(window: Window) -> Iterator[tuple[str, int]]:
    """Give what a window watches, and how it stands."""
    for feature in window.features:
        yield feature.feature, feature.state
    if window.HasField("performance") and window.performance.state:
        yield "performance", window.performance.state
    for skew in (each for each in window.skew if each.method != "distribution"):  # the feature stands for it
        yield f"skew of {skew.feature}", skew.state
    for pair in window.pairs:
        yield f"{pair.left}~{pair.right}", pair.state


def moved(window: Window) -> Text:
    """Return what fires in a window and what is in doubt, by name."""
    if not window.is_complete:
        return Text("open: counts and no verdict yet", "dim")
    found = dict(states(window))
    line = Text()
    for code, style in ((FIRING, "bold red"), (DriftState.DRIFT_STATE_PENDING, "yellow")):
        for each in (name for name, stands in found.items() if stands == code):
            line.append(", " if line else "").append(plain(each).plain, style)
    if line:
        return line
    told = sorted(set(found.values()))
    return state(told[0]) if told else Text("nothing is watched: no reference", "dim")
