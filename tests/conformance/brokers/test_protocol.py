"""The protocol: which versions client and broker agree on, kept as a file for whoever compares two brokers."""

from __future__ import annotations

import json
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol import (
    API_KEYS,
    admin,
    commit,
    coordination,
    fetch,
    group,
    metadata,
    offset,
    produce,
    transaction,
)
from aiokafka.protocol.admin import ApiVersionRequest
from aiokafka.protocol.api import Request

from assay.testkit import Broker

KEPT = Path(__file__).parents[3] / ".assay" / "conformance"
WHAT_ASSAY_CALLS = (
    metadata.MetadataRequest,
    produce.ProduceRequest,
    fetch.FetchRequest,
    offset.OffsetRequest,
    commit.OffsetCommitRequest,
    commit.OffsetFetchRequest,
    coordination.FindCoordinatorRequest,
    group.JoinGroupRequest,
    group.SyncGroupRequest,
    group.HeartbeatRequest,
    group.LeaveGroupRequest,
    transaction.InitProducerIdRequest,
    transaction.AddPartitionsToTxnRequest,
    transaction.AddOffsetsToTxnRequest,
    transaction.TxnOffsetCommitRequest,
    transaction.EndTxnRequest,
    admin.CreateTopicsRequest,
    admin.DescribeConfigsRequest,
)


async def test_client_and_broker_share_a_version_of_every_call(battery_broker: Broker) -> None:
    offered = await _offered(battery_broker.bootstrap)
    agreed = {_name(call): _newest_shared(call, offered) for call in WHAT_ASSAY_CALLS}
    _keep(battery_broker.kind, offered, agreed)
    assert [name for name, version in agreed.items() if version is None] == []


async def _offered(bootstrap: str) -> dict[int, tuple[int, int]]:
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        answer = await client.send(client.get_random_node(), ApiVersionRequest())
    finally:
        await client.close()
    return {key: (lowest, highest) for key, lowest, highest, *_ in answer.api_versions}


def _newest_shared(call: type[Request[object]], offered: dict[int, tuple[int, int]]) -> int | None:
    lowest, highest = offered.get(call.API_KEY, (0, -1))
    known = [version.API_VERSION for version in call._CLASSES]
    return max((version for version in known if lowest <= version <= highest), default=None)


def _name(call: type[Request[object]]) -> str:
    return call.__name__.removesuffix("Request")


def _keep(kind: str, offered: dict[int, tuple[int, int]], agreed: dict[str, int | None]) -> None:
    by_name = {str(API_KEYS.get(key, key)): f"{lowest}-{highest}" for key, (lowest, highest) in sorted(offered.items())}
    path = KEPT / f"{kind}-api-versions.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"broker": kind, "agreed": agreed, "offered": by_name}, indent=1) + "\n")
