"""Copies of what the registry keeps: to a file and back, and as a tree for git."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from assay.api.registry.v1 import registry_pb2, registry_pb2_grpc
from assay.cli.backup_file import rows_of
from assay.cli.calls import calling
from assay.cli.errors import CommandError
from assay.cli.export_tree import write_tree

__all__ = ["backed_up", "exported", "restored"]

_COPY_S = 900.0
_CHUNK_BYTES = 1024 * 1024


async def backed_up(file: Path, registry: str) -> int:
    """Fetch a backup, check it, put it in place; return how many rows it has.

    Raises:
        CommandError: the file is there already, can't be written, or what came is not whole.
    """
    _refuse_there(file)
    fresh = file.with_name(f"{file.name}.part")
    try:
        with fresh.open("wb") as out:
            await _fetch(out, registry)
        rows = await asyncio.to_thread(lambda: sum(1 for _ in rows_of(fresh)))
        await asyncio.to_thread(fresh.rename, file)
    except OSError as error:
        raise CommandError(f"{file} can't be written: {error.strerror}") from error
    finally:
        fresh.unlink(missing_ok=True)
    return rows


async def restored(file: Path, skip_ids: int, reason: str, registry: str) -> tuple[int, int]:
    """Send a backup that is whole; return how many rows were restored, and the next id.

    Raises:
        CommandError: the file is not whole.
        CallError: the registry is not empty, or of another release.
    """
    await asyncio.to_thread(lambda: sum(1 for _ in rows_of(file)))
    async with calling("registry", registry, reason) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        answer = await stub.Restore(_chunks(file, skip_ids), timeout=_COPY_S)
    return answer.rows, answer.next_id


async def exported(folder: Path, registry: str) -> int:
    """Write the tree of what is kept now; return how many files it has.

    Raises:
        CommandError: the folder holds what no export wrote.
    """
    with tempfile.TemporaryDirectory(prefix="assay-") as scratch:
        copy = Path(scratch) / "backup"
        with copy.open("wb") as out:
            await _fetch(out, registry)
        return await asyncio.to_thread(write_tree, folder, copy)


def _refuse_there(file: Path) -> None:
    if file.exists():
        raise CommandError(f"{file} is there already; name another, a backup is never written over")


async def _fetch(out: BinaryIO, registry: str) -> None:
    async with calling("registry", registry) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        async for answer in stub.Backup(registry_pb2.BackupRequest(), timeout=_COPY_S):
            await asyncio.to_thread(out.write, answer.chunk)
    await asyncio.to_thread(_to_disk, out)


def _to_disk(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())


async def _chunks(file: Path, skip_ids: int) -> AsyncIterator[registry_pb2.RestoreRequest]:
    with file.open("rb") as source:
        while chunk := await asyncio.to_thread(source.read, _CHUNK_BYTES):
            yield registry_pb2.RestoreRequest(chunk=chunk, skip_ids=skip_ids)
