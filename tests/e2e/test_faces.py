"""What every service of the map shows and does: health, metrics, structured logs, an end when it is asked to end."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path

from assay.testkit import Broker, Platform, Service, load_workspace
from assay.testkit.services import is_serving


async def test_every_service_is_healthy_counts_logs_lines_of_json_and_ends_with_0(
    broker: Broker, tmp_path: Path
) -> None:
    workspace = load_workspace()
    async with Platform(workspace, broker, tmp_path) as platform:
        services = [platform.child(entry.name) for entry in reversed(workspace.services)]
        assert [service.name for service in services if not await is_serving(service.address)] == []
        assert [service.name for service in services if "assay_records_judged" not in await _metrics(service)] == []
        assert {service.name: await service.stop() for service in services} == {
            entry.name: 0 for entry in workspace.services
        }

    for service in services:
        lines = [json.loads(line) for line in service.log.read_text().splitlines()]
        assert [line for line in lines if line["service"] != service.name or not line["event"]] == []


async def _metrics(service: Service) -> str:
    def get() -> str:
        with urllib.request.urlopen(f"http://{service.metrics}/metrics", timeout=5) as answer:
            return str(answer.read().decode())

    return await asyncio.to_thread(get)
