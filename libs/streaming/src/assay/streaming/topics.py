"""Topics as contracts ask for them: created by `assay contract apply`, checked by every service."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from assay.contracts import Contract
from assay.streaming import kafka
from assay.streaming.errors import BrokerError, TopicError

__all__ = [
    "AUDIT",
    "AUDIT_SPEC",
    "BREACHES",
    "DRIFT_PANES",
    "DRIFT_PANES_SPEC",
    "PANES",
    "PANES_SPEC",
    "PLATFORM_TOPICS",
    "TopicSpec",
    "apply_topics",
    "check_topics",
    "specs_of",
]

AUDIT = "assay.audit"
BREACHES = "assay.breaches"
DRIFT_PANES = "assay.drift.panes"
PANES = "assay.panes"
HEADROOM_BYTES = 256 * 1024
ENVELOPE_BYTES = 64 * 1024  # key, headers and batch framing; Kafka's limit is on a batch, not on a record
HOUR_MS = 3_600_000
TIMESTAMP_BOUNDS = ("message.timestamp.before.max.ms", "message.timestamp.after.max.ms")
ANY_AGE_MS = 2**63 - 1  # Kafka's word for no bound
ENDLESS = -1
TOPIC_ALREADY_EXISTS = 36
MAX_REPLICATION = 3
LED_S, LOOK_S = 10.0, 0.05


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic must be; `max_message_bytes` and `retention_ms` are least values, partitions an exact one.

    A topic with `takes_any_age` refuses no record for its timestamp: it is the arrival at the door, which may be long ago
    when the record is written on, and what raw took must be taken.
    """

    name: str
    partitions: int
    max_message_bytes: int = 1024 * 1024
    retention_ms: int = 7 * 24 * HOUR_MS
    compacted: bool = False
    takes_any_age: bool = True

    def config(self) -> dict[str, str]:
        """Return the topic's configuration as Kafka names it."""
        limits = {"max.message.bytes": str(self.max_message_bytes), "message.timestamp.type": "CreateTime"}
        if self.takes_any_age:
            limits |= dict.fromkeys(TIMESTAMP_BOUNDS, str(ANY_AGE_MS))
        if self.compacted:
            return limits | {"cleanup.policy": "compact"}
        return limits | {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms)}


PANES_SPEC = TopicSpec(PANES, 3)
DRIFT_PANES_SPEC = TopicSpec(DRIFT_PANES, 3, max_message_bytes=8 * 1024 * 1024)
AUDIT_SPEC = TopicSpec(AUDIT, 1, retention_ms=10 * 365 * 24 * HOUR_MS)
PLATFORM_TOPICS = (
    AUDIT_SPEC,
    TopicSpec(BREACHES, 1, retention_ms=90 * 24 * HOUR_MS),
    PANES_SPEC,
    DRIFT_PANES_SPEC,
)


def specs_of(contract: Contract) -> tuple[TopicSpec, ...]:
    """Return the topics of a contract.

    Validated and dead letters take records 256 KiB larger than raw, for the headers that are added on the way; raw is
    kept at least as long as dead letters, so that a dead letter's source is there while it is.
    """
    raw_bytes = max(contract.max_record_bytes, kafka.BATCH_BYTES) + ENVELOPE_BYTES
    raw = [
        TopicSpec(name, contract.partitions, raw_bytes, contract.retention_h * HOUR_MS, takes_any_age=False)
        for name in contract.topics.raw
    ]
    judged = [
        TopicSpec(name, contract.partitions, raw_bytes + HEADROOM_BYTES, retention_h * HOUR_MS)
        for name, retention_h in (
            (contract.topics.validated, contract.validated_retention_h),
            (contract.topics.dead_letters, contract.dead_letters_retention_h),
        )
    ]
    return (*raw, *judged, TopicSpec(contract.topics.settled, contract.partitions, compacted=True))


async def apply_topics(broker: str, specs: Collection[TopicSpec]) -> list[str]:
    """Create the topics that aren't there and return their names, once each can be written; those that are must be as specified.

    Raises:
        BrokerUnreachableError: no broker answers.
        TopicError: a topic is there, but not as specified; it is left as it is.
    """
    async with kafka.admin(broker) as admin:
        there = set(await admin.list_topics())
        created = [spec for spec in specs if spec.name not in there]
        await _create(admin, created)
        await _led(admin, [spec.name for spec in created])
        problems = await _problems(admin, [spec for spec in specs if spec.name in there])
    if problems:
        raise TopicError(problems)
    return [spec.name for spec in created]


async def check_topics(broker: str, specs: Collection[TopicSpec]) -> list[str]:
    """Return a line for each way in which the topics are not as specified; none means all is well.

    Raises:
        BrokerUnreachableError: no broker answers.
    """
    async with kafka.admin(broker) as admin:
        there = set(await admin.list_topics())
        missing = [
            f"topic {spec.name} isn't there; `assay contract apply` creates it"
            for spec in specs
            if spec.name not in there
        ]
        return missing + await _problems(admin, [spec for spec in specs if spec.name in there])


async def _led(admin: AIOKafkaAdminClient, names: Collection[str]) -> None:
    """Return once every partition of new topics has a leader: a broker answers before, and a writer would be refused.

    After `LED_S` it returns all the same: whoever writes then waits by itself.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(LED_S):
            while names and not all(map(_is_led, await admin.describe_topics(list(names)))):  # noqa: ASYNC110 -- nobody tells
                await asyncio.sleep(LOOK_S)


def _is_led(topic: Mapping[str, Any]) -> bool:
    partitions = topic["partitions"]
    return not topic["error_code"] and bool(partitions) and all(each["leader"] >= 0 for each in partitions)


async def _create(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> None:
    if not specs:
        return
    cluster = await admin.describe_cluster()
    replication = min(MAX_REPLICATION, len(cluster["brokers"]))
    answer = await admin.create_topics(
        [NewTopic(spec.name, spec.partitions, replication, topic_configs=spec.config()) for spec in specs]
    )
    for name, code, *detail in answer.topic_errors:
        if code not in (0, TOPIC_ALREADY_EXISTS):
            raise BrokerError(f"topic {name} can't be created: {for_code(code).__name__} {detail[0] or ''}".strip())


async def _problems(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> list[str]:
    if not specs:
        return []
    found = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics([s.name for s in specs])}
    configs = await _configs(admin, [spec.name for spec in specs])
    return [problem for spec in specs for problem in differences(spec, found[spec.name], configs[spec.name])]


def differences(spec: TopicSpec, partitions: int, config: Mapping[str, str]) -> list[str]:
    """Return a line for each way in which a topic falls short of its specification."""
    problems = []
    if partitions != spec.partitions:
        problems.append(f"topic {spec.name} has {partitions} partitions, its contract says {spec.partitions}")
    if int(config["max.message.bytes"]) < spec.max_message_bytes:
        problems.append(
            f"topic {spec.name} takes records of {config['max.message.bytes']} bytes, needed are"
            f" {spec.max_message_bytes}; set max.message.bytes, or a smaller maxRecordBytes in the contract"
        )
    if config.get("message.timestamp.type", "CreateTime") != "CreateTime":
        problems.append(f"topic {spec.name} overwrites arrival timestamps; set message.timestamp.type=CreateTime")
    tight = [name for name in TIMESTAMP_BOUNDS if int(config.get(name, ANY_AGE_MS)) < ANY_AGE_MS]
    if spec.takes_any_age:
        problems.extend(f"topic {spec.name} refuses records by their age; set {name}={ANY_AGE_MS}" for name in tight)
    retention_ms = int(config.get("retention.ms", ENDLESS))
    if not spec.compacted and ENDLESS < retention_ms < spec.retention_ms:
        problems.append(
            f"topic {spec.name} keeps records for {retention_ms} ms, needed are {spec.retention_ms}; set retention.ms"
        )
    if spec.compacted != ("compact" in config.get("cleanup.policy", "delete")):
        problems.append(f"topic {spec.name} must {'' if spec.compacted else 'not '}be compacted")
    return problems


async def _configs(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers
        for _code, _message, _type, name, entries in answer.resources
    }
