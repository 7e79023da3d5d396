"""Config, mode, contexts, metadata and rules over REST."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.registry.rest_client import AVRO, avro, json_schema, sent, serving

RULE = {"name": "positive", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": "message.x > 0"}


async def test_config_of_a_subject_stands_above_that_of_everything(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        assert await rest.put("/config", {"compatibility": "full"}) == (200, {"compatibility": "FULL"})
        assert (await rest.get("/config/a"))[1]["error_code"] == 40408
        assert await rest.get("/config/a?defaultToGlobal=true") == (200, {"compatibilityLevel": "FULL"})
        assert await rest.put("/config/a", {"compatibility": "NONE"}) == (200, {"compatibility": "NONE"})
        assert await rest.get("/config/a") == (200, {"compatibilityLevel": "NONE"})
        assert await rest.delete("/config/a") == (200, {"compatibilityLevel": "NONE"})
        assert (await rest.get("/config/a"))[1]["error_code"] == 40408
        assert (await rest.delete("/config/a"))[1]["error_code"] == 40401
        assert await rest.delete("/config") == (200, {"compatibilityLevel": "FULL"})
        assert await rest.get("/config") == (200, {"compatibilityLevel": "BACKWARD"})


async def test_every_key_of_config_is_kept_until_it_is_said_to_be_null(tmp_path: Path) -> None:
    said = {
        "compatibility": "FORWARD",
        "compatibilityPolicy": "LENIENT",
        "compatibilityGroup": "major",
        "alias": "b",
        "normalize": True,
        "validateFields": True,
        "validateRules": False,
        "defaultMetadata": {"properties": {"owner": "ana"}},
        "overrideMetadata": {"tags": {"**.email": ["PII"]}},
        "defaultRuleSet": {"domainRules": [RULE]},
        "overrideRuleSet": {"domainRules": [{**RULE, "name": "other"}]},
    }
    async with serving(tmp_path) as rest:
        assert await rest.put("/config/a", {**said, "unknown": {"key": 1}}) == (200, said)
        level = said.pop("compatibility")
        assert await rest.get("/config/a") == (200, {"compatibilityLevel": level, **said})
        assert await rest.put("/config/a", {"alias": None, "normalize": None}) == (200, {})
        kept = {key: value for key, value in said.items() if key not in ("alias", "normalize")}
        assert await rest.get("/config/a") == (200, {"compatibilityLevel": level, **kept})


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/config", {"compatibility": "SOMETIMES"}, 42203),
        ("/config", {"compatibility": 5}, 42203),
        ("/config", {"compatibilityPolicy": "SOFT"}, 400),
        ("/config", {"normalize": "perhaps"}, 400),
        ("/config", {"defaultRuleSet": {"domainRules": [{"name": "x"}]}}, 42210),
        ("/config", [], 400),
        ("/mode", {"mode": "SIDEWAYS"}, 42204),
        ("/mode", {}, 42204),
        ("/mode/a", {"mode": ["READONLY"]}, 42204),
    ],
)
async def test_wrong_settings_have_each_their_code(tmp_path: Path, path: str, body: object, code: int) -> None:
    async with serving(tmp_path) as rest:
        status, said = await rest.put(path, body)

        assert (status, said["error_code"]) == (int(str(code)[:3]), code)


async def test_read_only_subject_refuses_what_writes(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)
        assert await rest.put("/mode/a", {"mode": "READONLY"}) == (200, {"mode": "READONLY"})

        assert (await rest.post("/subjects/a/versions", sent(avro("x"))))[1]["error_code"] == 42205
        assert (await rest.delete("/subjects/a"))[1]["error_code"] == 42205
        assert (await rest.delete("/subjects/a/versions/1"))[1]["error_code"] == 42205
        assert (await rest.put("/config/a", {"compatibility": "NONE"}))[1]["error_code"] == 42205
        assert (await rest.get("/subjects/a/versions/1"))[0] == 200
        assert await rest.register("b", AVRO) == 1


async def test_mode_of_everything_holds_where_a_subject_has_none(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        assert (await rest.get("/mode/a"))[1]["error_code"] == 40409
        await rest.put("/mode", {"mode": "READONLY"})
        assert await rest.get("/mode/a?defaultToGlobal=True") == (200, {"mode": "READONLY"})
        await rest.put("/mode/a", {"mode": "READWRITE"})
        assert await rest.register("a", AVRO) == 1
        await rest.put("/mode", {"mode": "READONLY_OVERRIDE"})
        assert (await rest.post("/subjects/a/versions", sent(avro("x"))))[1]["error_code"] == 42205
        assert await rest.delete("/mode/a") == (200, {"mode": "READWRITE"})
        assert (await rest.delete("/mode/a"))[1]["error_code"] == 40401
        assert await rest.delete("/mode") == (200, {"mode": "READONLY_OVERRIDE"})
        assert await rest.get("/mode") == (200, {"mode": "READWRITE"})


async def test_import_keeps_ids_and_versions_and_gives_neither_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        assert (await rest.post("/subjects/a/versions", sent(AVRO, id=40)))[1]["error_code"] == 42205
        await rest.put("/mode/a", {"mode": "IMPORT"})
        assert (await rest.post("/subjects/a/versions", sent(AVRO)))[1]["error_code"] == 42205
        assert await rest.register("a", AVRO, id=40, version=7) == 40
        assert await rest.register("a", avro("quite", "other"), id=41, version=3) == 41
        assert (await rest.post("/subjects/a/versions", sent(avro("x"), id=40)))[1]["error_code"] == 42205
        assert (await rest.post("/subjects/a/versions", sent(avro("x"), id=50, version=7)))[1]["error_code"] == 42205
        assert await rest.get("/subjects/a/versions") == (200, [3, 7])
        assert await rest.register("b", avro("new")) == 42


async def test_import_needs_force_where_there_are_subjects(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)

        assert (await rest.put("/mode", {"mode": "IMPORT"}))[1]["error_code"] == 42205
        assert (await rest.put("/mode/a", {"mode": "IMPORT"}))[1]["error_code"] == 42205
        assert await rest.put("/mode?force=true", {"mode": "IMPORT"}) == (200, {"mode": "IMPORT"})


async def test_contexts_have_subjects_ids_and_settings_of_their_own(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", avro("first"))
        await rest.register("a", avro("first", note=""))
        assert await rest.register(":.dev:a", AVRO) == 1

        assert await rest.get("/contexts") == (200, [".", ".dev"])
        assert await rest.get("/subjects") == (200, ["a", ":.dev:a"])
        assert await rest.get("/subjects?subjectPrefix=:.dev:") == (200, [":.dev:a"])
        assert await rest.get("/contexts/.dev/subjects") == (200, [":.dev:a"])
        assert (await rest.get("/subjects/:.dev:a/versions/1"))[1]["subject"] == ":.dev:a"
        assert (await rest.get("/contexts/dev/subjects/a/versions/1"))[1]["schema"] == json.dumps(AVRO)
        assert (await rest.get("/schemas/ids/1?subject=:.dev:a"))[1]["schema"] == json.dumps(AVRO)
        assert (await rest.get("/schemas/ids/1?subject=a"))[1]["schema"] == json.dumps(avro("first"))
        await rest.put("/config/:.dev:", {"compatibility": "NONE"})
        assert await rest.get("/config/:.dev:a?defaultToGlobal=true") == (200, {"compatibilityLevel": "NONE"})
        assert await rest.get("/config/a?defaultToGlobal=true") == (200, {"compatibilityLevel": "BACKWARD"})


async def test_context_is_deleted_when_it_is_empty(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register(":.dev:a", AVRO)
        assert (await rest.delete("/contexts/.dev"))[1]["error_code"] == 42211
        await rest.delete("/subjects/:.dev:a")
        await rest.delete("/subjects/:.dev:a?permanent=true")

        assert await rest.delete("/contexts/.dev") == (204, None)
        assert await rest.get("/contexts") == (200, ["."])
        assert await rest.register(":.dev:a", AVRO) == 2


async def test_alias_is_read_as_the_subject_that_it_names(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)
        await rest.put("/config/old", {"alias": "a"})

        assert await rest.get("/subjects/old/versions") == (200, [1])
        assert (await rest.get("/subjects/old/versions/latest"))[1]["subject"] == "a"
        assert (await rest.post("/subjects/old", sent(AVRO)))[1]["id"] == 1


async def test_metadata_and_rules_are_given_back_as_they_came(tmp_path: Path) -> None:
    metadata = {"properties": {"owner": "ana"}, "tags": {"Order.id": ["PII"]}, "sensitive": ["owner"], "more": {"x": 1}}
    rules = {"domainRules": [{**RULE, "onFailure": "DLQ", "params": {"a": "b"}, "more": 1}], "migrationRules": []}
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO, metadata=metadata, ruleSet=rules)

        _, body = await rest.get("/subjects/a/versions/1")
        assert (body["metadata"], body["ruleSet"]) == (metadata, rules)
        _, body = await rest.get("/schemas/ids/1")
        assert (body["metadata"], body["ruleSet"]) == (metadata, rules)


async def test_same_schema_with_other_metadata_is_another(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)
        assert await rest.register("a", AVRO, metadata={"properties": {"major": "2"}}) == 2
        assert await rest.register("a", "", metadata={"properties": {"major": "3"}}) == 3

        status, found = await rest.get("/subjects/a/metadata?key=major&value=2")
        assert (status, found["version"], found["metadata"]) == (200, 2, {"properties": {"major": "2"}})
        assert (await rest.get("/subjects/a/metadata?key=major&value=9"))[1]["error_code"] == 40403
        assert (await rest.get("/subjects/none/metadata?key=major&value=9"))[1]["error_code"] == 40401


async def test_schema_without_metadata_takes_that_of_the_version_before(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO, metadata={"properties": {"owner": "ana"}})

        assert await rest.register("a", AVRO) == 1
        assert await rest.register("a", avro("id", note="")) == 2
        assert (await rest.get("/schemas/ids/2"))[1]["metadata"] == {"properties": {"owner": "ana"}}


async def test_defaults_stand_below_and_overrides_above_what_a_schema_brings(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.put(
            "/config/a",
            {
                "defaultMetadata": {"properties": {"owner": "nobody", "team": "shop"}},
                "overrideMetadata": {"properties": {"zone": "eu"}},
                "defaultRuleSet": {"domainRules": [RULE]},
            },
        )
        await rest.register("a", AVRO, metadata={"properties": {"owner": "ana", "zone": "us"}})

        _, body = await rest.get("/schemas/ids/1")
        assert body["metadata"] == {"properties": {"owner": "ana", "team": "shop", "zone": "eu"}}
        assert body["ruleSet"] == {"domainRules": [RULE]}


@pytest.mark.parametrize(
    "rules",
    [
        {"domainRules": [{**RULE, "name": ""}]},
        {"domainRules": [RULE, RULE]},
        {"domainRules": [{**RULE, "kind": "WISH"}]},
        {"domainRules": [{**RULE, "mode": "UPGRADE"}]},
        {"migrationRules": [RULE]},
        {"domainRules": [{**RULE, "type": None}]},
        {"domainRules": [{**RULE, "onFailure": "DLQ,NONE"}]},
        {"domainRules": ["rule"]},
        {"domainRules": {"a": 1}},
    ],
)
async def test_rule_that_can_be_none_is_42210(tmp_path: Path, rules: object) -> None:
    async with serving(tmp_path) as rest:
        assert (await rest.post("/subjects/a/versions", sent(AVRO, ruleSet=rules)))[1]["error_code"] == 42210


async def test_tags_are_added_as_a_version_with_other_metadata(tmp_path: Path) -> None:
    change = {"tagsToAdd": [{"schemaEntity": {"entityPath": "Order.id", "entityType": "sr_field"}, "tags": ["PII"]}]}
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)
        assert (await rest.post("/subjects/a/versions/latest/tags", change)) == (200, {"id": 2})

        _, body = await rest.get("/subjects/a/versions/2")
        assert body["metadata"] == {"tags": {"Order.id": ["PII"]}}


async def test_reserved_names_are_refused_as_fields(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        reserved = {"properties": {"confluent:reserved": "ssn, tax"}}
        status, body = await rest.post("/subjects/a/versions", sent(avro("id", "tax"), metadata=reserved))

        assert (status, body["error_code"]) == (409, 40901)
        assert await rest.register("a", avro("id"), metadata=reserved) == 1


async def test_compatibility_is_asked_within_a_group_alone(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.put("/config/a", {"compatibilityGroup": "major"})
        await rest.register("a", avro("id"), metadata={"properties": {"major": "1"}})

        assert await rest.register("a", avro("id", "note"), metadata={"properties": {"major": "2"}}) == 2
        status, _ = await rest.post(
            "/subjects/a/versions", sent(avro("id", "note", "third"), metadata={"properties": {"major": "2"}})
        )
        assert status == 409


async def test_lenient_policy_lets_an_open_object_grow(tmp_path: Path) -> None:
    open_object = {"type": "object", "properties": {"id": {"type": "string"}}}
    grown = {"type": "object", "properties": {"id": {"type": "string"}, "note": {"type": "string"}}}
    async with serving(tmp_path) as rest:
        await rest.register("a", open_object, schemaType="JSON")
        assert (await rest.post("/subjects/a/versions", sent(grown, schemaType="JSON")))[0] == 409
        await rest.put("/config/a", {"compatibilityPolicy": "LENIENT"})

        assert await rest.register("a", grown, schemaType="JSON") == 2


async def test_check_says_what_registration_would(tmp_path: Path) -> None:
    path = "/compatibility/subjects/a/versions"
    async with serving(tmp_path) as rest:
        assert await rest.post(f"{path}/latest", sent(AVRO)) == (200, {"is_compatible": True})
        assert (await rest.post(f"{path}/1", sent(AVRO)))[1]["error_code"] == 40402
        await rest.register("a", avro("id"))
        assert await rest.post(f"{path}/latest?normalize=False&verbose=False", sent(avro("x"))) == (
            200,
            {"is_compatible": False},
        )
        status, body = await rest.post(f"{path}?verbose=True", sent(avro("x")))
        assert (status, body["is_compatible"]) == (200, False)
        assert "avro-field-without-default" in body["messages"][0]
        assert await rest.post(f"{path}/1?verbose=true", sent(avro("id", x=""))) == (
            200,
            {"is_compatible": True, "messages": []},
        )
        assert (await rest.post(f"{path}/2", sent(AVRO)))[1]["error_code"] == 40402
        assert (await rest.post(f"{path}/latest", sent("nonsense")))[1]["error_code"] == 42201
        status, body = await rest.post(f"{path}/latest?verbose=true", sent("nonsense"))
        assert (status, body["is_compatible"], len(body["messages"])) == (200, False, 1)


async def test_transitive_check_asks_every_version_and_the_plain_one_the_last(tmp_path: Path) -> None:
    path = "/compatibility/subjects/a/versions"
    async with serving(tmp_path) as rest:
        await rest.register("a", json_schema(a="string"), schemaType="JSON")
        await rest.put("/config/a", {"compatibility": "NONE"})
        await rest.register("a", json_schema(b="string"), schemaType="JSON")
        new = sent(json_schema(b="string", c="string"), schemaType="JSON")

        await rest.put("/config/a", {"compatibility": "BACKWARD"})
        assert await rest.post(path, new) == (200, {"is_compatible": True})
        await rest.put("/config/a", {"compatibility": "BACKWARD_TRANSITIVE"})
        assert await rest.post(path, new) == (200, {"is_compatible": False})
        assert await rest.post(f"{path}/2", new) == (200, {"is_compatible": True})
