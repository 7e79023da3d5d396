"""Registering, finding and deleting versions, as Confluent's clients know it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.unit.registry.rest_client import AVRO, PROTO, avro, json_schema, sent, serving

UNKNOWN = {"Confluent-Accept-Unknown-Properties": "true"}


async def test_same_schema_has_one_id_in_all_subjects_and_one_version_in_each(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        first = await rest.register("a-value", AVRO)
        again = await rest.register("a-value", json.dumps(AVRO, indent=3))
        other = await rest.register("b-value", AVRO)

        assert (first, again, other) == (1, 1, 1)
        assert await rest.get("/subjects/a-value/versions") == (200, [1])
        assert await rest.get("/schemas/ids/1/versions") == (
            200,
            [{"subject": "a-value", "version": 1}, {"subject": "b-value", "version": 1}],
        )
        assert await rest.get("/schemas/ids/1/subjects") == (200, ["a-value", "b-value"])


async def test_answers_hold_what_a_strict_client_knows_and_no_key_more(tmp_path: Path) -> None:
    text = json.dumps(AVRO)
    async with serving(tmp_path) as rest:
        assert await rest.post("/subjects/a/versions", sent(AVRO)) == (200, {"id": 1})
        assert await rest.get("/schemas/ids/1") == (200, {"schema": text})
        assert await rest.get("/subjects/a/versions/1") == (
            200,
            {"subject": "a", "version": 1, "id": 1, "schema": text},
        )
        assert await rest.post("/subjects/a", sent(AVRO)) == (
            200,
            {"subject": "a", "version": 1, "id": 1, "schema": text},
        )
        assert await rest.get("/config") == (200, {"compatibilityLevel": "BACKWARD"})
        assert await rest.get("/mode") == (200, {"mode": "READWRITE"})


async def test_client_that_takes_unknown_keys_is_told_version_and_guid(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        status, body = await rest("POST", "/subjects/a/versions", sent(AVRO), UNKNOWN)

        assert (status, body["id"], body["version"]) == (200, 1, 1)
        assert await rest.get(f"/schemas/guids/{body['guid']}") == (200, {"schema": json.dumps(AVRO)})
        assert await rest.get(f"/schemas/guids/{body['guid']}/ids") == (200, [{"context": ".", "id": 1}])


async def test_kind_of_schema_is_told_unless_it_is_avro(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("j", json_schema(id="string"), schemaType="JSON")
        await rest.register("p", PROTO, schemaType="PROTOBUF")

        assert (await rest.get("/schemas/ids/1"))[1]["schemaType"] == "JSON"
        assert (await rest.get("/subjects/p/versions/latest"))[1]["schemaType"] == "PROTOBUF"


async def test_text_of_a_schema_is_answered_as_it_is(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("p", PROTO, schemaType="PROTOBUF")

        assert (await rest.http.get("/schemas/ids/1/schema")).text == PROTO
        assert (await rest.http.get("/subjects/p/versions/1/schema")).text == PROTO


async def test_new_version_takes_the_next_number_and_a_new_id(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", avro("id"))
        await rest.register("a", avro("id", note=""))

        assert await rest.get("/subjects/a/versions") == (200, [1, 2])
        assert (await rest.get("/subjects/a/versions/latest"))[1]["id"] == 2
        assert (await rest.get("/subjects/a/versions/-1"))[1]["version"] == 2


async def test_breaking_version_is_refused_with_path_rule_and_way_out(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", avro("id"))
        status, body = await rest.post("/subjects/a/versions", sent(avro("id", "note")))

        assert (status, body["error_code"]) == (409, 40901)
        assert "avro-field-without-default" in body["message"]
        assert "passes: " in body["message"]
        assert await rest.get("/subjects/a/versions") == (200, [1])


async def test_normalised_schemas_are_one(tmp_path: Path) -> None:
    short, long = (
        {"type": "record", "name": "a.B", "fields": [{"name": "x", "type": type_}]}
        for type_ in ("int", {"type": "int"})
    )
    async with serving(tmp_path) as rest:
        _, one = await rest.post("/subjects/a/versions?normalize=True", sent(short))
        _, two = await rest.post("/subjects/a/versions?normalize=true", sent(long))

        assert one == two == {"id": 1}
        assert (await rest.post("/subjects/a?normalize=True&deleted=False", sent(long)))[0] == 200


async def test_soft_deleted_subject_is_hidden_and_its_id_still_answers(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)

        assert await rest.delete("/subjects/a") == (200, [1])
        assert await rest.get("/subjects") == (200, [])
        assert await rest.get("/subjects?deleted=true") == (200, ["a"])
        assert await rest.get("/subjects?deletedOnly=true") == (200, ["a"])
        assert (await rest.get("/subjects/a/versions"))[1]["error_code"] == 40401
        assert await rest.get("/subjects/a/versions?deleted=true") == (200, [1])
        assert (await rest.get("/subjects/a/versions/1"))[1]["error_code"] == 40401
        assert (await rest.get("/subjects/a/versions/1?deleted=true"))[0] == 200
        assert (await rest.get("/schemas/ids/1"))[0] == 200
        assert (await rest.post("/subjects/a", sent(AVRO)))[1]["error_code"] == 40401
        assert (await rest.post("/subjects/a?deleted=True", sent(AVRO)))[0] == 200


async def test_deleted_schema_comes_back_with_its_id_and_a_new_number(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)
        await rest.delete("/subjects/a")

        assert await rest.register("a", AVRO) == 1
        assert await rest.get("/subjects/a/versions?deleted=true") == (200, [2])


async def test_what_is_deleted_for_good_is_gone_and_its_id_is_never_given_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)
        assert (await rest.get("/schemas/ids/1"))[0] == 200  # and is ready to be answered again
        await rest.delete("/subjects/a")
        assert await rest.delete("/subjects/a?permanent=true") == (200, [1])

        assert (await rest.get("/schemas/ids/1")) == (404, {"error_code": 40403, "message": "Schema 1 not found"})
        assert (await rest.get("/subjects?deleted=true")) == (200, [])
        assert await rest.register("a", AVRO) == 2


async def test_id_lives_on_while_another_subject_has_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)
        await rest.register("b", AVRO)
        await rest.delete("/subjects/a")
        await rest.delete("/subjects/a?permanent=true")

        assert (await rest.get("/schemas/ids/1"))[0] == 200
        assert await rest.register("a", AVRO) == 1


async def test_deletions_out_of_order_have_each_their_code(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)

        assert (await rest.delete("/subjects/none"))[1]["error_code"] == 40401
        assert (await rest.delete("/subjects/a?permanent=true"))[1]["error_code"] == 40405
        assert (await rest.delete("/subjects/a/versions/1?permanent=true"))[1]["error_code"] == 40407
        assert (await rest.delete("/subjects/a/versions/2"))[1]["error_code"] == 40402
        assert await rest.delete("/subjects/a/versions/latest") == (200, 1)
        assert (await rest.delete("/subjects/a/versions/1"))[1]["error_code"] == 40406
        assert (await rest.delete("/subjects/a"))[1]["error_code"] == 40404
        assert await rest.delete("/subjects/a/versions/1?permanent=true") == (200, 1)
        assert (await rest.delete("/subjects/a/versions/1"))[1]["error_code"] == 40401


async def test_deleted_versions_do_not_count_for_compatibility(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", avro("id"))
        await rest.delete("/subjects/a/versions/1")

        assert await rest.register("a", avro("other", "more")) == 2


async def test_settings_of_a_subject_go_with_its_last_version(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)
        await rest.put("/config/a", {"compatibility": "NONE"})
        await rest.delete("/subjects/a")

        assert (await rest.get("/config/a"))[1]["error_code"] == 40408


async def test_lookups_that_find_nothing_have_each_their_code(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)

        assert (await rest.get("/subjects/none/versions"))[1]["error_code"] == 40401
        assert (await rest.get("/subjects/none/versions/1"))[1]["error_code"] == 40401
        assert (await rest.get("/subjects/a/versions/7"))[1]["error_code"] == 40402
        assert (await rest.get("/subjects/a/versions/0"))[1]["error_code"] == 42202
        assert (await rest.get("/subjects/a/versions/first"))[1]["error_code"] == 42202
        assert (await rest.get("/schemas/ids/99"))[1]["error_code"] == 40403
        assert (await rest.post("/subjects/none", sent(AVRO)))[1]["error_code"] == 40401
        assert (await rest.post("/subjects/a", sent(avro("x"))))[1]["error_code"] == 40403


async def test_fifty_at_once_get_one_id(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest, asyncio.TaskGroup() as group:
        tasks = [group.create_task(rest.register("a", AVRO)) for _ in range(50)]

    assert {task.result() for task in tasks} == {1}


async def test_different_schemas_at_once_get_an_id_each(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.put("/config", {"compatibility": "NONE"})
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(rest.register("a", avro(f"f{number}"))) for number in range(12)]

        assert sorted(task.result() for task in tasks) == list(range(1, 13))
        assert await rest.get("/subjects/a/versions") == (200, list(range(1, 13)))


async def test_contracts_and_schemas_take_their_ids_from_one_sequence(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)
        contract, _ = await rest.contracts.publish("orders", "1.0.0", b"no contract, and no matter")

        assert (contract.id, await rest.register("b", avro("other"))) == (2, 3)


@pytest.mark.parametrize("path", ["/nothing", "/subjects/a/b/c/d/e", "/associations/resources/-/t", "/schemas/id/1"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
async def test_unknown_path_is_404_whatever_the_method(tmp_path: Path, path: str, method: str) -> None:
    async with serving(tmp_path) as rest:
        assert (await rest(method, path))[0] == 404
