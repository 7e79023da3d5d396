"""What it takes to bring topics to what contracts ask for: shown first, then done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from assay.streaming import kafka
from assay.streaming.errors import BrokerError
from assay.streaming.topics import ANY_AGE_MS, ENDLESS, TIMESTAMP_BOUNDS, TopicSpec, apply_topics

__all__ = ["Alteration", "TopicPlan", "TopicState", "alteration", "carry_out", "plan_topics", "refusals"]

_OF_TOPIC = 1
"""Kafka's word for where a setting comes from: the topic itself."""


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as it is: all its settings, and the names of those that it sets itself."""

    partitions: int
    config: Mapping[str, str]
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Alteration:
    """Settings of one topic that are to change: name, value now, value then. `keeps` are the others it sets itself."""

    topic: str
    settings: tuple[tuple[str, str, str], ...]
    keeps: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """Topics to create, topics to alter, and what can't be done in place."""

    create: tuple[TopicSpec, ...] = ()
    alter: tuple[Alteration, ...] = ()
    refused: tuple[str, ...] = ()


async def plan_topics(broker: str, specs: Collection[TopicSpec], before: Collection[TopicSpec] = ()) -> TopicPlan:
    """Look at the topics and say what has to be done; nothing is changed.

    `before` is what the contracts asked for until now: a limit that they set is lowered with them, one that somebody
    else set above what is asked for is left as it is.

    Raises:
        BrokerUnreachableError: no broker answers.
    """
    async with kafka.admin(broker) as admin:
        there = set(await admin.list_topics())
        states = await _states(admin, [spec.name for spec in specs if spec.name in there])
    known = [spec for spec in specs if spec.name in states]
    asked = {spec.name: spec for spec in before}
    alterations = (alteration(spec, states[spec.name], asked.get(spec.name)) for spec in known)
    return TopicPlan(
        create=tuple(spec for spec in specs if spec.name not in states),
        alter=tuple(each for each in alterations if each is not None),
        refused=tuple(line for spec in known for line in refusals(spec, states[spec.name])),
    )


async def carry_out(broker: str, plan: TopicPlan) -> None:
    """Do what a plan says.

    Raises:
        BrokerUnreachableError: no broker answers.
        BrokerError: the broker refuses; the message says what.
        TopicError: a topic has come into being since, with other settings than it is to have.
    """
    await apply_topics(broker, plan.create)
    if not plan.alter:
        return
    async with kafka.admin(broker) as admin:
        # The protocol's call sets all that is not named back to its default, so what the topic sets itself goes along.
        answers = await admin.alter_configs([_resource(each) for each in plan.alter])
    for answer in answers:
        for code, message, _type, name in answer.resources:
            if code:
                raise BrokerError(f"topic {name} can't be altered: {for_code(code).__name__} {message or ''}".strip())


def refusals(spec: TopicSpec, state: TopicState) -> list[str]:
    """A line for each way in which a topic differs that can't be mended in place."""
    lines = []
    if state.partitions != spec.partitions:
        lines.append(
            f"topic {spec.name} has {state.partitions} partitions, its contract says {spec.partitions}; a change would"
            " part records of one key, so it is never done in place: keep the number, or name a new topic"
        )
    if spec.compacted != ("compact" in state.config.get("cleanup.policy", "delete")):
        be = "" if spec.compacted else "not "
        lines.append(f"topic {spec.name} must {be}be compacted; records would be lost, so it is never done in place")
    return lines


def alteration(spec: TopicSpec, state: TopicState, before: TopicSpec | None = None) -> Alteration | None:
    """What has to change for a topic to be as specified; None where nothing has."""
    wanted = dict(_short(spec, state) | (_lowered(spec, state, before) if before else {}))
    if not wanted:
        return None
    settings = tuple((name, state.config.get(name, ""), value) for name, value in sorted(wanted.items()))
    keeps = tuple((name, state.config[name]) for name in sorted(state.own) if name not in wanted)
    return Alteration(spec.name, settings, keeps)


def _short(spec: TopicSpec, state: TopicState) -> dict[str, str]:
    """Settings in which a topic falls short."""
    config, wanted = state.config, spec.config()
    short = {}
    if int(config.get("max.message.bytes", 0)) < spec.max_message_bytes:
        short["max.message.bytes"] = wanted["max.message.bytes"]
    if config.get("message.timestamp.type", "CreateTime") != "CreateTime":
        short["message.timestamp.type"] = "CreateTime"
    if spec.takes_any_age:
        tight = (name for name in TIMESTAMP_BOUNDS if int(config.get(name, ANY_AGE_MS)) < ANY_AGE_MS)
        short |= dict.fromkeys(tight, str(ANY_AGE_MS))
    if not spec.compacted and ENDLESS < int(config.get("retention.ms", ENDLESS)) < spec.retention_ms:
        short["retention.ms"] = wanted["retention.ms"]
    return short


def _lowered(spec: TopicSpec, state: TopicState, before: TopicSpec) -> dict[str, str]:
    """Limits that are as the contract asked for until now, and of which it asks for less."""
    wanted, was = spec.config(), before.config()
    return {
        name: wanted[name]
        for name in ("max.message.bytes", "retention.ms")
        if name in wanted and name in was and int(wanted[name]) < int(was[name]) and state.config.get(name) == was[name]
    }


def _resource(each: Alteration) -> ConfigResource:
    config = {**dict(each.keeps), **{name: value for name, _, value in each.settings}}
    return ConfigResource(ConfigResourceType.TOPIC, each.topic, config)


async def _states(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, TopicState]:
    if not names:
        return {}
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics(list(names))}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    return {
        name: _state(partitions[name], entries)
        for answer in answers
        for _code, _message, _type, name, entries in answer.resources
    }


def _state(partitions: int, entries: Sequence[Sequence[Any]]) -> TopicState:
    own = frozenset(entry[0] for entry in entries if entry[3] == _OF_TOPIC and entry[1] is not None)
    return TopicState(partitions, {entry[0]: entry[1] for entry in entries if entry[1] is not None}, own)
