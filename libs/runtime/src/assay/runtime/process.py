"""The outermost frame of a service: settings in, signals in, an exit code out."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import NoReturn, TypeVar

from pydantic import ValidationError

from assay.runtime.config import ServiceConfig
from assay.runtime.errors import AssayError
from assay.runtime.stop import Stop
from assay.telemetry import configure, get_logger

__all__ = ["main"]

ConfigT = TypeVar("ConfigT", bound=ServiceConfig)

FAILED = 1
MISUSED = 2


def main(name: str, config_type: type[ConfigT], run: Callable[[ConfigT, Stop], Awaitable[None]]) -> NoReturn:
    """Run a service until SIGINT or SIGTERM and exit.

    Exit code 0 after a stop, 1 when it failed (one plain line on stderr says why), 2 when a setting is wrong.
    """
    configure(name)
    try:
        config = config_type()
    except ValidationError as error:
        sys.exit(_complain(name, MISUSED, *_settings_in_words(config_type, error)))
    gc.freeze()  # what was imported stays: to look at it for garbage took 80 ms, during which nobody was answered
    try:
        asyncio.run(_until_stopped(run, config))
    except BaseExceptionGroup as group:
        sys.exit(_report(name, _flatten(group)))
    except Exception as error:  # noqa: BLE001 -- the rim of the process: everything ends here, in words
        sys.exit(_report(name, [error]))
    finally:
        gc.unfreeze()  # nanobind counts at the very end what nobody let go of, and says so
    sys.exit(0)


async def _until_stopped(run: Callable[[ConfigT, Stop], Awaitable[None]], config: ConfigT) -> None:
    stop = Stop()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.request)
    await run(config, stop)


def _report(name: str, errors: list[BaseException]) -> int:
    """Say what ended the process: known errors in a line each, unknown ones with their trace."""
    known = [error for error in errors if isinstance(error, AssayError)]
    for error in errors:
        if not isinstance(error, AssayError):
            get_logger().error("process.crashed", exc_info=error)
    return _complain(name, FAILED, *(str(error) for error in known))


def _complain(name: str, code: int, *lines: str) -> int:
    for line in lines:
        sys.stderr.write(f"assay-{name}: {line}\n")
    return code


def _settings_in_words(config_type: type[ServiceConfig], error: ValidationError) -> Iterator[str]:
    prefix = config_type.model_config.get("env_prefix", "")
    for problem in error.errors():
        variable = f"{prefix}{'_'.join(str(part) for part in problem['loc'])}".upper()
        yield f"{variable}: {problem['msg']}"


def _flatten(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    flat: list[BaseException] = []
    for error in group.exceptions:
        flat.extend(_flatten(error) if isinstance(error, BaseExceptionGroup) else [error])
    return flat
