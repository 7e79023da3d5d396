"""Places where a process can be told to die or to freeze, for tests that strike between two steps."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

__all__ = ["DIED", "VARIABLE", "failpoint"]

VARIABLE = "ASSAY_FAILPOINTS"
DIED = 137


@dataclass(slots=True)
class _Charge:
    """What happens at a fail point, and at which pass."""

    passes_left: int
    freezes: bool


def failpoint(name: str) -> None:
    """Do nothing, unless `ASSAY_FAILPOINTS` arms this name.

    `name` or `name:N` ends the process at the first or N-th pass: `os._exit(137)`, no clean-up, no flush, as a kill -9
    at this very line. `name=freeze` or `name:N=freeze` stops it there (SIGSTOP) until someone wakes it. Several are
    split by commas.
    """
    charge = _armed.get(name)
    if charge is None:
        return
    charge.passes_left -= 1
    if charge.passes_left > 0:
        return
    del _armed[name]
    if charge.freezes:
        os.kill(os.getpid(), signal.SIGSTOP)
    else:
        os._exit(DIED)


def _read(text: str) -> dict[str, _Charge]:
    armed = {}
    for entry in filter(None, text.split(",")):
        place, _, action = entry.partition("=")
        name, _, count = place.partition(":")
        armed[name] = _Charge(int(count or 1), action == "freeze")
    return armed


_armed = _read(os.environ.get(VARIABLE, ""))
