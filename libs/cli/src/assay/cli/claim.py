"""One user at a time for a folder of data: a demo empties what `assay up` would be standing on."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from assay.cli.errors import CommandError

__all__ = ["claimed"]


@contextlib.contextmanager
def claimed(folder: Path, option: str) -> Iterator[None]:
    """Hold the folder until the block ends, however the process does; the lock lies beside it.

    Raises:
        CommandError: a demo or an `assay up` is at work in it; option is how another folder is named.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"a demo or `assay up` is at work in {folder}; stop it, or name another folder with {option} DIR"
            raise CommandError(message) from error
        yield
