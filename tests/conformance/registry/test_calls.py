"""Every call of Confluent's client, sync and async, and what it comes to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka.schema_registry import (
    ConfigCompatibilityLevel,
    Metadata,
    MetadataProperties,
    MetadataTags,
    Rule,
    RuleKind,
    RuleMode,
    RuleParams,
    RuleSet,
    Schema,
    SchemaRegistryError,
    ServerConfig,
)

from tests.conformance.registry.clients import Confluent, reference, settled

Names = Callable[[str], str]


def avro(*fields: str, **defaults: str) -> Schema:
    made: list[dict[str, str]] = [{"name": each, "type": "string"} for each in fields]
    made += [{"name": each, "type": "string", "default": value} for each, value in defaults.items()]
    return Schema(json.dumps({"type": "record", "name": "Order", "fields": made}))


RULE = Rule(
    name="short",
    doc="ids are short",
    kind=RuleKind.CONDITION,
    mode=RuleMode.WRITE,
    type="CEL",
    tags=["PII"],
    params=RuleParams({"limit": "9"}),
    expr="size(message.id) < 9",
    on_success="NONE",
    on_failure="ERROR",
    disabled=False,
)
COMPANY = Schema(
    avro("id").schema_str,
    "AVRO",
    [],
    Metadata(MetadataTags({"**.id": ["PII"]}), MetadataProperties({"owner": "shop"}), ["owner"]),
    RuleSet(None, [RULE]),
)


@contextmanager
def refused(status: int, code: int) -> Iterator[None]:
    with pytest.raises(SchemaRegistryError) as error:
        yield
    assert (error.value.http_status_code, error.value.error_code) == (status, code)


async def test_registered_schema_is_found_in_every_way(confluent: Confluent, subject: str) -> None:
    client = confluent.client
    made = await settled(client.register_schema_full_response(subject, avro("id")))
    number, guid = made.schema_id, made.guid
    assert number is not None
    assert guid is not None

    assert made.version == 1
    assert (await settled(client.lookup_schema(subject, avro("id")))).schema_id == number
    assert (await settled(client.get_schema(number))).schema_str == avro("id").schema_str
    assert (await settled(client.get_schema_by_guid(guid))).schema_str == avro("id").schema_str
    assert (await settled(client.get_version(subject, 1))).schema_id == number
    assert (await settled(client.get_version(subject, "latest"))).guid == guid
    assert await settled(client.get_versions(subject)) == [1]
    assert subject in await settled(client.get_subjects_by_schema_id(number))
    assert (subject, 1) in [(each.subject, each.version) for each in await settled(client.get_schema_versions(number))]


async def test_kinds_of_schemas_are_all_three(confluent: Confluent) -> None:
    assert set(await settled(confluent.client.get_schema_types())) == {"AVRO", "JSON", "PROTOBUF"}


async def test_what_is_not_there_has_a_code_of_its_own(confluent: Confluent, subject: str) -> None:
    client = confluent.client
    with refused(404, 40401):
        await settled(client.get_versions(subject))
    with refused(404, 40401):
        await settled(client.lookup_schema(subject, avro("id")))
    with refused(404, 40403):
        await settled(client.get_schema(2_000_000_000))
    await settled(client.register_schema(subject, avro("id")))
    with refused(404, 40402):
        await settled(client.get_version(subject, 9))
    with refused(404, 40403):
        await settled(client.lookup_schema(subject, avro("other")))
    with refused(422, 42202):
        await settled(client.get_version(subject, 0))
    with refused(422, 42201):
        await settled(client.register_schema(subject, Schema('{"type": "record"}')))


async def test_subject_is_deleted_softly_and_then_for_good(confluent: Confluent, subject: str) -> None:
    client = confluent.client
    await settled(client.register_schema(subject, avro("id")))
    await settled(client.register_schema(subject, avro("id", note="")))
    with refused(404, 40405):
        await settled(client.delete_subject(subject, permanent=True))

    assert await settled(client.delete_version(subject, 1)) == 1
    assert await settled(client.get_versions(subject)) == [2]
    assert await settled(client.delete_subject(subject)) == [2]
    assert subject not in await settled(client.get_subjects())
    assert subject in await settled(client.get_subjects(deleted=True))
    assert sorted(await settled(client.delete_subject(subject, permanent=True))) == [1, 2]
    assert subject not in await settled(client.get_subjects(deleted=True))


async def test_version_is_deleted_for_good_after_it_was_softly(confluent: Confluent, subject: str) -> None:
    client = confluent.client
    await settled(client.register_schema(subject, avro("id")))
    await settled(client.register_schema(subject, avro("id", note="")))

    with refused(404, 40407):
        await settled(client.delete_version(subject, 2, permanent=True))
    await settled(client.delete_version(subject, 2))
    assert await settled(client.delete_version(subject, 2, permanent=True)) == 2
    assert await settled(client.get_versions(subject)) == [1]
    assert await settled(client.register_schema(subject, avro("id", other="")))
    assert await settled(client.get_versions(subject)) == [1, 2]


async def test_schema_that_others_refer_to_stays(confluent: Confluent, subject: str, unique: Names) -> None:
    client, other = confluent.client, unique("bills-value")
    await settled(client.register_schema(subject, avro("id")))
    user = {"type": "record", "name": "Bill", "fields": [{"name": "order", "type": "Order"}]}
    number = await settled(
        client.register_schema(other, Schema(json.dumps(user), "AVRO", [reference("Order", subject)]))
    )

    assert await settled(client.get_referenced_by(subject, 1)) == [number]
    with refused(422, 42206):
        await settled(client.delete_subject(subject))
    found = (await settled(client.get_latest_version(other))).schema.references or []
    assert [(each.name, each.subject, each.version) for each in found] == [("Order", subject, 1)]


async def test_compatibility_is_told_before_anything_is_registered(confluent: Confluent, subject: str) -> None:
    client = confluent.client
    await settled(client.register_schema(subject, avro("id")))

    assert await settled(client.test_compatibility(subject, avro("id", note="")))
    assert not await settled(client.test_compatibility(subject, avro("id", "note")))
    assert not await settled(client.test_compatibility(subject, avro("id", "note"), version=1, verbose=True))
    assert not await settled(client.test_compatibility_all_versions(subject, avro("id", "note"), verbose=True))
    assert await settled(client.get_versions(subject)) == [1]


@pytest.mark.parametrize("level", list(ConfigCompatibilityLevel))
async def test_level_of_a_subject_is_set_told_and_taken_away(
    confluent: Confluent, subject: str, level: ConfigCompatibilityLevel
) -> None:
    client = confluent.client
    await settled(client.set_compatibility(subject, level.value))
    told = await settled(client.get_compatibility(subject))
    config = await settled(client.get_config(subject))
    await settled(client.delete_config(subject))

    assert (told, config.compatibility_level) == (level.value, level)
    with refused(404, 40408):
        await settled(client.get_compatibility(subject))


async def test_config_with_defaults_for_metadata_and_rules_is_kept(confluent: Confluent, subject: str) -> None:
    client = confluent.client
    asked = ServerConfig(
        compatibility=ConfigCompatibilityLevel.FULL,
        compatibility_group="major",
        default_metadata=COMPANY.metadata,
        override_rule_set=COMPANY.rule_set,
    )
    await settled(client.set_config(subject, asked))
    known = await settled(client.get_config(subject))
    await settled(client.register_schema(subject, avro("id")))
    schema = (await settled(client.get_latest_version(subject))).schema

    assert (known.compatibility_level, known.compatibility_group) == (ConfigCompatibilityLevel.FULL, "major")
    assert known.default_metadata == schema.metadata == COMPANY.metadata
    assert schema.rule_set is not None
    assert schema.rule_set.domain_rules == [RULE]


async def test_metadata_and_rules_of_a_schema_come_back(confluent: Confluent, subject: str) -> None:
    client = confluent.client
    number = await settled(client.register_schema(subject, COMPANY))
    found = [
        (await settled(client.get_latest_version(subject))).schema,
        (await settled(client.get_version(subject, 1))).schema,
        (await settled(client.get_latest_with_metadata(subject, {"owner": "shop"}))).schema,
        await settled(client.get_schema(number)),
    ]

    assert [each.metadata for each in found] == [COMPANY.metadata] * 4
    assert [each.rule_set.domain_rules for each in found if each.rule_set] == [[RULE]] * 4


async def test_read_only_subject_takes_nothing_until_its_mode_is_gone(confluent: Confluent, subject: str) -> None:
    client = confluent.client
    assert await settled(client.update_mode(subject, "READONLY")) == "READONLY"
    assert await settled(client.get_mode(subject)) == "READONLY"
    with refused(422, 42205):
        await settled(client.register_schema(subject, avro("id")))

    assert await settled(client.delete_mode(subject)) == "READONLY"
    assert await settled(client.register_schema(subject, avro("id")))
    assert await settled(client.get_global_mode()) == "READWRITE"


async def test_contexts_are_apart_and_listed(confluent: Confluent, unique: Names) -> None:
    client, context = confluent.client, unique(".stage")
    subject = f":{context}:orders-value"
    await settled(client.register_schema(subject, avro("id")))

    assert {".", context} <= set(await settled(client.get_contexts()))
    assert await settled(client.get_subjects(subject_prefix=f":{context}:")) == [subject]
    assert (await settled(client.get_latest_version(subject))).subject == subject


async def test_no_associations_are_kept_and_clients_go_on_without(confluent: Confluent, unique: Names) -> None:
    with refused(404, 404):
        await settled(confluent.client.get_associations_by_resource_name(unique("orders"), "-"))


@pytest.mark.parametrize("name", ["a/b", "a b", "ä-value", "a%2Fb", "a?b#c", "..", "a+b", "x" * 200])
async def test_subject_may_have_any_name_that_a_client_can_write(
    confluent: Confluent, unique: Names, name: str
) -> None:
    subject = f"{unique('s')}{name}"
    await settled(confluent.client.register_schema(subject, avro("id")))

    assert await settled(confluent.client.get_subjects(subject_prefix=subject)) == [subject]
    assert await settled(confluent.client.get_versions(subject)) == [1]
