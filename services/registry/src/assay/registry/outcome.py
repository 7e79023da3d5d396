"""What work that was done in another process came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What work came to: what it returned, or the error that it raised, taken apart.

    An error is built from other things than those it keeps, so pickle alone could not put it together again.
    """

    value: object = None
    error: type[Exception] | None = None
    said: tuple[object, ...] = ()
    facts: dict[str, object] | None = None

    @classmethod
    def of(cls, work: Callable[[], object]) -> Outcome:
        """Do the work."""
        try:
            return cls(work())
        except MemoryError:
            raise  # the process ends with it: what is left of its memory is not to be trusted
        except Exception as error:  # noqa: BLE001 -- it is raised again in the process that asked
            return cls(None, type(error), error.args, vars(error))

    def result(self) -> object:
        """Return what the work returned, or raise what it raised."""
        if self.error is None:
            return self.value
        error = self.error.__new__(self.error, *self.said)
        vars(error).update(self.facts or {})
        raise error
