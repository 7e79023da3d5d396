"""One registry, a process of its own, for all claims about what Confluent's clients may do with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from assay.testkit import Service
from tests.conformance.registry.clients import FACES, Confluent, connected
from tests.integration.registry.holding import held

__all__ = ["confluent", "registry", "subject"]


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The registry of this run."""
    with held(tmp_path_factory.mktemp("registry")) as service:
        yield service


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
