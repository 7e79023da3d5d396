"""A real Alertmanager as a child process."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from assay.testkit.ports import free_ports
from assay.testkit.receivers.debian import ProgramUnavailableError, debian_program, share_of
from assay.testkit.receivers.served import Served

__all__ = ["AlertmanagerServer", "check_config", "open_alertmanager"]

_PACKAGE = "prometheus-alertmanager"
_TEMPLATES = Path("/usr/share/prometheus/alertmanager/default.tmpl")
_SHOWN = 'mount --bind "$1" /usr/share && shift && exec "$@"'


class AlertmanagerServer(Served):
    """An Alertmanager on a port of 127.0.0.1; it keeps silences and what it told, and no alert, over a restart."""

    def __init__(self, program: Sequence[str], folder: Path, config: Path, port: int) -> None:
        command = [
            *program,
            f"--config.file={config}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        super().__init__("alertmanager", command, port, folder / "alertmanager.log")


@contextlib.asynccontextmanager
async def open_alertmanager(config: str) -> AsyncIterator[AlertmanagerServer]:
    """A new Alertmanager with this configuration, serving; stopped and removed on exit.

    Raises:
        ProgramUnavailableError: it can't be had here.
        ChildDiedError, NotReadyError: it did not start.
    """
    program = await _shown(await debian_program(_PACKAGE, "prometheus-alertmanager"))
    with tempfile.TemporaryDirectory(prefix="assay-alertmanager-") as name:
        folder = Path(name)
        (folder / "alertmanager.yml").write_text(config)
        (port,) = free_ports(1)
        async with AlertmanagerServer(program, folder, folder / "alertmanager.yml", port) as server:
            await server.ready()
            yield server


async def _shown(program: Path) -> Sequence[str]:
    """The command of the program. Debian's reads its templates from /usr/share alone: there it is shown those unpacked."""
    if await asyncio.to_thread(_TEMPLATES.exists):
        return [str(program)]
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", _SHOWN, "sh", str(share_of(program))]
    try:
        trying = await asyncio.create_subprocess_exec(*command, "true", stderr=asyncio.subprocess.PIPE)
    except OSError as error:
        raise ProgramUnavailableError(program.name, f"unshare can't be run: {error}") from error
    _, said = await trying.communicate()
    if trying.returncode:
        raise ProgramUnavailableError(program.name, f"it can't be shown its templates: {said.decode().strip()[:300]}")
    return [*command, str(program)]


async def check_config(config: Path) -> str:
    """What `amtool check-config` says of a configuration; empty where it finds no fault.

    Raises:
        ProgramUnavailableError: it can't be had here.
    """
    program = await debian_program(_PACKAGE, "amtool")
    checking = await asyncio.create_subprocess_exec(
        program, "check-config", str(config), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await checking.communicate()
    return said.decode(errors="replace") if checking.returncode else ""
