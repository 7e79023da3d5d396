"""How the delay model did, day by day, as the table, the JSON and the report show it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Alerted", "DayWatched", "Moving", "Picture", "Watched"]


@dataclass(frozen=True, slots=True)
class Moving:
    """A feature, or the answers themselves, that moved or fires; `effect` is None where nothing was tested."""

    feature: str
    state: str
    effect: float | None


@dataclass(frozen=True, slots=True)
class DayWatched:
    """One window of one version: a day in UTC.

    `error` is the share of answers that were wrong among those whose flight has landed, `estimated` what it was likely to
    be before any landed. `state` is what is said of the two, and `moving` holds what does not stand still.
    """

    series: str
    day: str
    is_complete: bool
    rows: int
    labelled: int
    error: float | None = None
    estimated: float | None = None
    state: str = ""
    moving: tuple[Moving, ...] = ()

    @property
    def alarms(self) -> tuple[str, ...]:
        """What fires by name: features, and how good the answers are."""
        of_answers = ("performance",) if self.state == "firing" else ()
        return (*(each.feature for each in self.firing), *of_answers)

    @property
    def firing(self) -> tuple[Moving, ...]:
        """What fires."""
        return tuple(each for each in self.moving if each.state == "firing")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the drift service drew."""

    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class Alerted:
    """What people were told of the model: of what, from which day on, from which day on it was over, and who."""

    what: str
    fired_on: str
    resolved_on: str | None
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """What was sent of the model's answers, and what the windows say of it."""

    predictions: int = 0
    labels: int = 0
    days: tuple[DayWatched, ...] = ()
    pictures: tuple[Picture, ...] = ()
    alerts: tuple[Alerted, ...] = ()

    @property
    def complete(self) -> tuple[DayWatched, ...]:
        """The windows that were judged."""
        return tuple(day for day in self.days if day.is_complete)

    @property
    def runs(self) -> tuple[tuple[str, str, str | None], ...]:
        """What fired, from which day on, and on which it was over; None where it fires still."""
        found: list[tuple[str, str, str | None]] = []
        since: dict[tuple[str, str], str] = {}
        for day in self.complete:
            firing = {(day.series, name) for name in day.alarms}
            over = [key for key in since if key[0] == day.series and key not in firing]
            found += [(key[1], since.pop(key), day.day) for key in over]
            since |= dict.fromkeys(sorted(firing - since.keys()), day.day)
        return (*found, *((name, began, None) for (_, name), began in since.items()))

    def as_json(self) -> dict[str, object]:
        """Answer what `assay demo --json` has under `drift`."""
        return {
            "windows": len(self.complete),
            "predictions": self.predictions,
            "labels": self.labels,
            "firing": [
                {"series": day.series, "feature": each.feature, "window": day.day, "effect": each.effect}
                for day in self.complete
                for each in day.firing
            ],
        }
