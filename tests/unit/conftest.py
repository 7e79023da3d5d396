"""Unit tests run under a guard: code of Assay that blocks the event loop fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import grpc.aio
import pytest
from blockbuster import blockbuster_ctx

from assay.contracts import load
from assay.testkit.builders import contract_text

# Held for the whole run: else gRPC joins its poller's thread wherever the last channel is collected, which may be
# in the middle of a test's loop.
grpc.aio.init_grpc_aio()  # type: ignore[attr-defined]  # the stubs lack it


load(
    contract_text("read")
)  # the schemas of contracts are read once: here, and not in the loop of whatever test is first


@pytest.fixture(autouse=True)
def _no_blocking() -> Iterator[None]:
    """The testkit may block for a moment while it starts and reads children; nothing else may."""
    with blockbuster_ctx(_portions("assay"), excluded_modules=_portions("assay.testkit")):
        yield


def _portions(package: str) -> list[ModuleType]:
    """One stand-in module per folder of a package: the guard looks at the first folder of a module only."""
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return [_at(folder) for folder in folders if (Path(folder)).is_dir()]


def _at(folder: str) -> ModuleType:
    module = ModuleType("portion")
    module.__path__ = [folder]
    return module
