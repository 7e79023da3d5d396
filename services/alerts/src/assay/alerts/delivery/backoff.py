"""When an alert that was not taken is tried again. Pure."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Backoff"]

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits of an alert that double from `first_s` to `longest_s`, and an end after `give_up_s`.

    A channel that failed rests likewise, up to `longest_rest_s`: one alert at a time finds out whether it is back.

    What the other side asks for (`Retry-After`) is kept to, up to `longest_asked_s`.
    """

    first_s: float = 1.0
    longest_s: float = 300.0
    longest_rest_s: float = 30.0
    longest_asked_s: float = 3_600.0
    give_up_s: float = 3 * DAY_S

    def wait_s(self, failures: int, chance: float, asked_s: float | None = None) -> float:
        """Return how long an alert waits after so many failures, at least one.

        `chance`, from 0 to 1, spreads it from half of the full wait to all of it, so that many do not come back at once.
        """
        return self._spread(failures, self.longest_s, chance, asked_s)

    def rest_s(self, failures: int, chance: float, asked_s: float | None = None) -> float:
        """Return how long a channel rests after so many failures in a row, at least one."""
        return self._spread(failures, self.longest_rest_s, chance, asked_s)

    def is_over(self, created_ms: int, next_try_ms: int) -> bool:
        """Whether an alert that was posted then would be too old at its next try."""
        return next_try_ms - created_ms > self.give_up_s * 1_000

    def _spread(self, failures: int, longest_s: float, chance: float, asked_s: float | None) -> float:
        full_s = min(self.first_s * 2.0 ** min(failures - 1, 32), longest_s)
        return max(full_s * (0.5 + chance / 2), min(asked_s or 0.0, self.longest_asked_s))
