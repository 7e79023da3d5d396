"""The channels that are in force: those of the operator's file, or the log and the outbox where there is none."""

from __future__ import annotations

from pathlib import Path

from assay.alerts.delivery.settings import FileSettings, LogSettings
from assay.alerts.errors import ChannelsFileError
from assay.alerts.routing.channels_file import ChannelsFile, read_channels
from assay.alerts.routing.routes import DEFAULT
from assay.runtime import StartError

__all__ = ["channels_of"]


def channels_of(file: Path | None, outbox: Path) -> ChannelsFile:
    """Return what a channels file says; without one every breach goes to the log and to the outbox.

    Raises:
        StartError: the file can't be read, or says what can't be.
    """
    if file is None:
        return ChannelsFile({"log": LogSettings(kind="log"), "file": FileSettings(kind="file", path=outbox)}, DEFAULT)
    try:
        return read_channels(file.read_bytes(), str(file))
    except OSError as error:
        raise StartError(f"can't read {file}: {error.strerror}; name another with ASSAY_ALERTS_CHANNELS") from error
    except ChannelsFileError as error:
        raise StartError(str(error)) from error
