"""What people were told of the demo's invalid records."""

from __future__ import annotations

import json
from pathlib import Path

from assay.api.alerts.v1 import alerts_pb2, alerts_pb2_grpc
from assay.cli.calls import CALL_S, calling
from assay.cli.demo.outcome import AlarmStory
from assay.contracts import Contract

__all__ = ["alarms_of", "everyone", "told_of_alarms"]

INVALID_RECORDS = "invalid records"


async def alarms_of(alerts: str, contract: str) -> tuple[AlarmStory, ...]:
    """Ask the alerts service for every alarm about invalid records of a contract, oldest first."""
    async with calling("alerts", alerts) as channel:
        stub = alerts_pb2_grpc.AlertsServiceStub(channel)
        answer = await stub.ListBreaches(alerts_pb2.ListBreachesRequest(contract=contract), timeout=CALL_S)
    return tuple(
        AlarmStory(
            fingerprint=breach.fired.fingerprint,
            measured=breach.fired.measured,
            is_over=breach.HasField("resolved"),
            told=tuple(breach.recipients),
        )
        for breach in answer.breaches
        if breach.fired.kind == alerts_pb2.MEASUREMENT_KIND_INVALID_RECORDS
    )


def everyone(contract: Contract) -> list[str]:
    """Who must hear of records that break a rule about no single field: the owner and every consumer."""
    return list(dict.fromkeys([contract.owner.id, *(party.id for party in contract.consumers)]))


def told_of_alarms(outbox: Path) -> list[tuple[str, str]]:
    """Read who was told of which alarm, each notice once however often its line is there."""
    if not outbox.exists():
        return []
    notices = [json.loads(line) for line in outbox.read_text().splitlines() if line]
    by_key = {notice["key"]: notice for notice in notices if notice.get("kind") == INVALID_RECORDS}
    return [(notice["fingerprint"], notice["recipient"]) for notice in by_key.values()]
