"""Who moves the records: Assay as it runs, the bare client, and other frameworks at the same job."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from assay.telemetry.setup import OTLP_ENDPOINT
from assay.testkit import Child
from assay.testkit.services import variable
from tests.performance.stage import Stage

__all__ = ["ASSAY", "BARE", "BARE_HEADERS", "BYTEWAX", "FAUST", "QUIXSTREAMS", "UNTRANSACTED", "Contender", "traced"]

HERE = Path(__file__).parent
GROUP = "assay.validation"


@dataclass(frozen=True, slots=True)
class Contender:
    """A program that reads the raw topic to its end; `group` is whose committed offsets tell how far it is.

    One without a group here commits seldom: it is followed by what it wrote.
    """

    name: str
    command: Callable[[Stage], list[str]]
    group: str = ""
    env: Callable[[Stage], dict[str, str]] = lambda _: {}

    def child(self, stage: Stage, number: int = 0) -> Child:
        """Return its process, not started; several of one group have different numbers."""
        log = stage.data / f"{self.name}-{number}.log"
        return Child(self.name, self.command(stage), log=log, env=self.env(stage))


def _validation(stage: Stage) -> dict[str, str]:
    settings = {"broker": stage.broker.bootstrap, "registry": stage.registry.address}
    settings |= {"grpc": "127.0.0.1:0", "metrics": "127.0.0.1:0", "keys": str(stage.keys)}
    return {variable("validation", name): value for name, value in settings.items()}


def _loop(module: str, *arguments: str) -> Callable[[Stage], list[str]]:
    def command(stage: Stage) -> list[str]:
        started = [sys.executable, "-m", f"tests.performance.loops.{module}", stage.broker.bootstrap, stage.raw]
        return [*started, stage.targets[0], *arguments]

    return command


def _peer(script: str) -> Callable[[Stage], list[str]]:
    def command(stage: Stage) -> list[str]:
        started = ["uv", "run", "--quiet", "--no-project", "--script", str(HERE / "peers" / script)]
        return [
            *started,
            stage.broker.bootstrap,
            stage.raw,
            *stage.targets,
            str(stage.schema),
            f"bench-{uuid.uuid4().hex[:8]}",
        ]

    return command


ASSAY = Contender("assay", lambda _: [sys.executable, "-m", "assay.validation"], GROUP, _validation)
UNTRANSACTED = Contender(
    "untransacted", lambda _: [sys.executable, "-m", "tests.performance.loops.untransacted"], GROUP, _validation
)


def traced(collector: str) -> Contender:
    """Return Assay as it runs where traces go to a collector."""
    return replace(ASSAY, name="traced", env=lambda stage: {**_validation(stage), OTLP_ENDPOINT: f"http://{collector}"})


BARE = Contender("bare", _loop("bare", "bench.bare"), "bench.bare")
BARE_HEADERS = Contender("bare_headers", _loop("bare", "bench.headers", "--headers"), "bench.headers")
FAUST = Contender("faust_jsonschema", _peer("faust_agent.py"))
QUIXSTREAMS = Contender("quixstreams", _peer("quix.py"))
BYTEWAX = Contender("bytewax", _peer("bytewax_flow.py"))
