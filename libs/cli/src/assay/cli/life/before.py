"""The contracts as they are now: what a change is held against, from the registry or from a revision of git."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import typer

from assay.api.registry.v1 import registry_pb2, registry_pb2_grpc
from assay.cli.calls import CALL_S, calling
from assay.cli.contracts import SUFFIX
from assay.cli.life.git import Repository, repository
from assay.contracts import Contract, lint, load
from assay.contracts.diff import mode_of

__all__ = ["Before", "at_revision", "before_of", "in_registry", "text_of"]


class Before:
    """One contract as it is now: its newest version, and those before it that count. Read when it is asked for."""

    def __init__(self, texts: Sequence[tuple[str, bytes]]) -> None:
        """Take the texts of its versions with the name of each, oldest first, at least one."""
        self._texts = texts

    @property
    def text(self) -> bytes:
        """The text of the newest version."""
        return self._texts[-1][1]

    @cached_property
    def newest(self) -> Contract:
        """The newest version."""
        name, text = self._texts[-1]
        return load(text, name)

    @cached_property
    def earlier(self) -> tuple[Contract, ...]:
        """The versions before it that records may still declare, oldest first."""
        return tuple(load(text, name) for name, text in self._texts[:-1])


def before_of(against: str, paths: Sequence[Path], registry: str) -> dict[str, Before]:
    """What is there now by contract id: `registry`, or `git:REV` for the files in the same folders at that revision.

    Raises:
        CommandError, ContractError: the registry does not answer, git does not know the revision, or a file does not lint.
    """
    if against == "registry":
        return asyncio.run(in_registry(registry))
    kind, _, revision = against.partition(":")
    if kind != "git" or not revision:
        raise typer.BadParameter(f"--against is `registry` or `git:REV`, not {against!r}")
    return at_revision(revision, paths)


async def in_registry(address: str) -> dict[str, Before]:
    """Every contract of the registry, with its versions that are not retired.

    Raises:
        CallError: the registry does not answer.
    """
    versions: dict[str, list[registry_pb2.ContractVersion]] = {}
    async with calling("registry", address) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        async for message in stub.WatchContracts(registry_pb2.WatchContractsRequest(), timeout=CALL_S):
            if message.HasField("contract"):
                versions.setdefault(message.contract.contract, []).append(message.contract)
            if message.caught_up:
                break
    return {contract: _before(found) for contract, found in versions.items()}


def at_revision(revision: str, paths: Sequence[Path]) -> dict[str, Before]:
    """The contracts of the same files and folders at a revision; a file is also found by its contract's id."""
    found: dict[str, Before] = {}
    for path in paths:
        git = repository(path)
        commit = git.revision(revision)
        folder = git.path(path if path.is_dir() else path.parent)
        for name in git.files(commit, folder):
            text = git.text(commit, name) if name.endswith(SUFFIX) else None
            if text is not None:
                label = f"{revision}:{name}"
                contract = load(text, label)
                past = _past(git, commit, name, contract) if mode_of(contract).is_transitive else ()
                found[contract.id] = Before([*past, (label, text)])
    return found


def text_of(source: str) -> tuple[bytes, str]:
    """The text of a contract and its name: a file, or `REV:path`, the path from here.

    Raises:
        BadParameter: there is no such file.
    """
    if Path(source).is_file():
        return Path(source).read_bytes(), source
    revision, colon, path = source.partition(":")
    if not colon or not path:
        raise typer.BadParameter(f"{source!r} is no file, and no REV:path of git")
    git = repository(Path(path).absolute())
    text = git.text(git.revision(revision), git.path(Path(path).absolute()))
    if text is None:
        raise typer.BadParameter(f"{path!r} is not there at revision {revision!r}")
    return text, source


def _before(versions: Sequence[registry_pb2.ContractVersion]) -> Before:
    *earlier, newest = sorted(versions, key=lambda version: version.id)
    counted = (*(each for each in earlier if not each.retired), newest)
    return Before([(f"{each.contract}@{each.version}", each.text) for each in counted])


def _past(git: Repository, commit: str, name: str, newest: Contract) -> Iterator[tuple[str, bytes]]:
    """The versions that a file had before, oldest first; one that does not lint by today's rules can't be compared."""
    known: dict[str, tuple[str, bytes]] = {}
    for revision in git.history(commit, name):
        text = git.text(revision, name) or b""
        label = f"{revision[:12]}:{name}"
        if not lint(text, label):
            known.setdefault(load(text, label).version, (label, text))
    known.pop(newest.version, None)
    return reversed(known.values())
