"""One registry, a process of its own, for all claims about what Confluent's clients may do with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from assay.testkit import Service, running
from tests.conformance.registry.clients import FACES, Confluent, connected

__all__ = ["confluent", "registry", "subject"]


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The registry of this run: held open between two runs of a loop of its own, as the broker is."""
    folder = tmp_path_factory.mktemp("registry")
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        opening = running("registry", data=folder, store=f"sqlite:///{folder}/registry.db")
        service = runner.run(opening.__aenter__())
        try:
            yield service
        finally:
            runner.run(opening.__aexit__(None, None, None))


@pytest.fixture(autouse=True)
def _lives(registry: Service) -> Iterator[None]:
    """A registry that ends fails the test that ended it."""
    yield
    registry.check()


@pytest.fixture(params=FACES)
async def confluent(request: pytest.FixtureRequest, registry: Service) -> AsyncIterator[Confluent]:
    """Each face of the client in turn."""
    async with connected(str(request.param), f"http://{registry.http}") as face:
        yield face


@pytest.fixture
def subject(unique: Callable[[str], str]) -> str:
    """A subject that no other test uses."""
    return unique("orders-value")
