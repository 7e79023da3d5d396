"""No record and no flow stops the stream: whatever goes wrong in a repair is an explanation."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import msgspec
import orjson

from assay.contracts.recovery.errors import RepairError
from assay.contracts.recovery.outcome import Unrepaired

__all__ = ["contained"]

_T = TypeVar("_T")
_P = ParamSpec("_P")
_NO_RECORD = (msgspec.DecodeError, orjson.JSONDecodeError, UnicodeDecodeError, RecursionError)


def contained(repair: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T | Unrepaired:
    """What a part of a repair gives, or why it gives nothing. Never raises; a value is in no explanation."""
    try:
        return repair(*args, **kwargs)
    except RepairError as error:
        return Unrepaired(str(error))
    except _NO_RECORD:
        return Unrepaired("the record is not a JSON object")
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 -- a panic of an engine is no Exception
        return Unrepaired(f"it failed with {type(error).__name__}")
