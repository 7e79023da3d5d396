"""Moments, counts and places of dead letters, as a person reads them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

__all__ = ["ago", "instant", "number_of", "shortest", "sparkline", "steps", "what_failed"]

BARS = "▁▂▃▄▅▆▇█"
HOUR_MS = 3_600_000
DIGITS = 8
"""Of a fingerprint or the id of a run, where that is enough to tell them apart."""

_SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def ago(at_ms: int, now_ms: int) -> str:
    """Return how long ago it was, in its largest unit; nothing for no time at all."""
    if not at_ms:
        return ""
    seconds = max(now_ms - at_ms, 0) // 1_000
    for size, unit in _SPANS:
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"


def instant(at_ms: int) -> str:
    """Return the time in UTC; nothing for no time at all, and the number where no calendar has it."""
    if not at_ms:
        return ""
    try:
        return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{at_ms} ms"


def number_of(count: int, noun: str) -> str:
    """Return `1 dead letter`, `1,204 dead letters`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def what_failed(reason: str, path: str, rule: str) -> str:
    """Return `schema: /tailnum required`; of what is no field, the reason alone."""
    where = " ".join(part for part in (path, rule) if part)
    return f"{reason}: {where}" if where else reason


def shortest(names: Sequence[str]) -> int:
    """Return how many digits tell all of these apart, and no fewer than eight."""
    apart = set(names)
    longest = max(map(len, apart), default=DIGITS)
    return next(
        (size for size in range(DIGITS, longest) if len({name[:size] for name in apart}) == len(apart)), longest
    )


def sparkline(hours: Mapping[int, int], width: int) -> str:
    """Return a bar for each hour from the first to the last, or for so many hours together that it fits."""
    if not hours or width < 1:
        return ""
    first, last = min(hours) // HOUR_MS, max(hours) // HOUR_MS
    together = -(-(last - first + 1) // width)
    counts = [0] * ((last - first) // together + 1)
    for start_ms, count in hours.items():
        counts[(start_ms // HOUR_MS - first) // together] += count
    most = max(counts)
    return "".join(_bar(count, most) for count in counts)


def steps(commands: Mapping[str, str]) -> Iterator[str]:
    """Give a line for each command, with what it does behind it, one below the other."""
    width = max(map(len, commands), default=0)
    return (f"  {command:<{width}}  # {does}" for command, does in commands.items())


def _bar(count: int, most: int) -> str:
    """A space for nothing; the lowest bar for as little as one."""
    return BARS[max(-(-count * len(BARS) // most) - 1, 0)] if count > 0 else " "
