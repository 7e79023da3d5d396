from __future__ import annotations

from pathlib import Path

import pytest

from assay.alerts.breaches import State
from assay.runtime import MetricsServer
from assay.testkit import eventually
from assay.testkit.ports import free_ports
from assay.testkit.receivers.debian import ProgramUnavailableError
from assay.testkit.receivers.prometheus import PrometheusServer, open_prometheus
from assay.testkit.receivers.web import answers, open_web
from tests.integration.alerts.outbox import delivering
from tests.integration.alerts.test_alertmanager import not_proved
from tests.unit.alerts.delivery.alerts import alert


async def test_prometheus_sees_what_waits_and_what_was_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "a-long-enough-secret")
    metrics, nobody = free_ports(2)
    name = f"metered-{nobody}"
    async with open_web() as receiver, MetricsServer(f"127.0.0.1:{metrics}"):
        receiver.always = answers(400)
        secret = {"env": "HOOK_SECRET"}
        channels = {
            name: {"kind": "webhook", "url": f"http://127.0.0.1:{nobody}", "secret": secret},
            f"{name}-no": {"kind": "webhook", "url": receiver.url, "secret": secret},
        }
        try:
            async with delivering(tmp_path, channels) as outbox, open_prometheus(f"127.0.0.1:{metrics}") as server:
                await outbox.post(alert("b", channel=name), alert("b", State.RESOLVED, channel=name))
                await outbox.post(alert("c", channel=f"{name}-no"))
                assert await seen(server, f'assay_alerts_waiting{{channel="{name}"}}') == 2
                refused = f'assay_alerts_failed_total{{channel="{name}-no",outcome="refused"}}'
                assert await seen(server, refused) == 1
        except ProgramUnavailableError as error:
            not_proved(error)


async def seen(server: PrometheusServer, expression: str) -> float:
    """What it comes to, once that is not 0."""

    async def value() -> float:
        found = await server.query(f"{expression} > 0")
        return next(iter(found.values()), 0.0)

    return await eventually(value, 60.0)
