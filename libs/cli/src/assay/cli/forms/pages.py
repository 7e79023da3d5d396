"""Pages of contracts, in a folder: one a contract, and the list of all."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path

from assay.cli.errors import CommandError
from assay.client import Catalog
from assay.contracts import Contract, load
from assay.contracts.pages import contract_page, index_page, page_name

__all__ = ["page_files", "published"]

_KNOWN_S = 20.0


async def published(registry: str) -> list[Contract]:
    """Every version of every contract in the registry.

    Raises:
        CommandError: the registry does not answer.
    """
    async with Catalog(registry) as catalog:
        try:
            async with asyncio.timeout(_KNOWN_S):
                await catalog.ready()
        except TimeoutError as error:
            raise CommandError(
                f"the registry service does not answer at {registry}; start it with `assay up`"
            ) from error
        told = [version for versions in catalog.versions.values() for version in versions.values()]
    return [load(each.text, f"{each.contract}@{each.version}") for each in told]


def page_files(contracts: Sequence[Contract], folder: Path) -> dict[Path, str]:
    """The pages, by their files; contracts of one id are versions of it.

    Raises:
        CommandError: there is no contract, or one version is there with two texts.
    """
    found: dict[tuple[str, str], Contract] = {}
    for each in contracts:
        before = found.setdefault((each.id, each.version), each)
        if before.text != each.text:
            raise CommandError(f"contract {each.id} {each.version} is there with two texts; raise the version of one")
    if not found:
        raise CommandError("there is no contract to make a page of; name files or folders, or --registry")
    ordered = sorted(found.values(), key=lambda each: (each.id, _place(each.version)))
    histories = [list(group) for _, group in itertools.groupby(ordered, key=lambda each: each.id)]
    newest = [history[-1] for history in histories]
    pages = {folder / page_name(each[-1].id): contract_page(each, newest) for each in histories}
    return {folder / "index.html": index_page(newest), **pages}


def _place(version: str) -> tuple[list[int], bool, str]:
    """Where a version stands among others: 1.10.0 after 1.9.0, and 1.0.0 after 1.0.0-beta."""
    numbers, _, early = version.partition("-")
    return [int(part) for part in numbers.split(".")], not early, early
