"""A real Prometheus as a child process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from assay.testkit.ports import free_ports
from assay.testkit.receivers.debian import debian_program
from assay.testkit.receivers.served import Served

__all__ = ["PrometheusServer", "open_prometheus"]

_CALL_S = 10.0


class PrometheusServer(Served):
    """A Prometheus on a port of 127.0.0.1."""

    async def query(self, expression: str) -> Mapping[str, float]:
        """What an expression comes to now, by its labels as JSON with sorted keys."""
        return await asyncio.to_thread(self._query, expression)

    def _query(self, expression: str) -> Mapping[str, float]:
        address = f"{self.url}/api/v1/query?query={quote(expression)}"
        with urlopen(address, timeout=_CALL_S) as response:  # noqa: S310 -- our child's
            found = json.load(response)["data"]["result"]
        return {json.dumps(each["metric"], sort_keys=True): float(each["value"][1]) for each in found}


@contextlib.asynccontextmanager
async def open_prometheus(*targets: str, every: str = "200ms") -> AsyncIterator[PrometheusServer]:
    """A new Prometheus that scrapes these addresses (host:port), serving; stopped and removed on exit.

    Raises:
        ProgramUnavailableError: it can't be had here.
        ChildDiedError, NotReadyError: it did not start.
    """
    program = await debian_program("prometheus", "prometheus")
    with tempfile.TemporaryDirectory(prefix="assay-prometheus-") as name:
        folder = Path(name)
        (folder / "prometheus.yml").write_text(_config(targets, every))
        (port,) = free_ports(1)
        command = [
            str(program),
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        async with PrometheusServer("prometheus", command, port, folder / "prometheus.log") as server:
            await server.ready()
            yield server


def _config(targets: tuple[str, ...], every: str) -> str:
    scraped = {"job_name": "assay", "static_configs": [{"targets": list(targets)}]}
    return json.dumps({"global": {"scrape_interval": every, "scrape_timeout": every}, "scrape_configs": [scraped]})
