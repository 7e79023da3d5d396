"""The subjects of a contract's topics: what its applied versions carry, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assay.contracts import load
from assay.contracts.schemas import schema_of
from assay.testkit.builders import contract_text
from tests.unit.registry.rest_client import AVRO, Rest, json_schema, sent, serving

SUBJECTS = ["orders.raw.app-value", "orders.raw.replay-value", "orders.validated-value"]


def carried(version: str = "1.0.0", extra: str = "") -> dict[str, object]:
    """The body with the schema that a version of the contract carries."""
    schema = schema_of(load(text(version, extra)))
    return {"schema": schema.text, "schemaType": str(schema.kind)}


def text(version: str, extra: str = "") -> bytes:
    """A version of the contract, with one more field where `extra` names it."""
    line = f"      - {{name: {extra}, logicalType: string}}\ncustomProperties:".encode()
    whole = contract_text("orders", version)
    return whole.replace(b"customProperties:", line) if extra else whole


async def apply(rest: Rest, version: str = "1.0.0", extra: str = "") -> int:
    published, _ = await rest.contracts.publish("orders", version, text(version, extra))
    return published.id


def spaced(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "schema": json.dumps(json.loads(body["schema"]), indent=4)}


async def test_published_contract_is_in_the_subjects_of_its_topics(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        number = await apply(rest)

        status, subjects = await rest.get("/subjects")
        assert (status, subjects) == (200, SUBJECTS)
        status, version = await rest.get("/subjects/orders.validated-value/versions/latest")
        assert (status, version["id"], version["version"]) == (200, number, 1)
        assert version["schema"] == carried()["schema"]
        assert (await rest.get(f"/schemas/ids/{number}"))[1]["schema"] == carried()["schema"]


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_schema_of_an_applied_version_gets_the_id_of_that_version(tmp_path: Path, subject: str) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("something-else", json_schema(a="string"), schemaType="JSON")
        number = await apply(rest)

        assert await rest.post(f"/subjects/{subject}/versions?normalize=False", carried()) == (200, {"id": number})
        assert await rest.post(f"/subjects/{subject}/versions", spaced(carried())) == (200, {"id": number})
        assert (await rest.post(f"/subjects/{subject}", carried()))[1]["id"] == number


async def test_newest_version_that_carries_the_schema_is_answered(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        first = await apply(rest, "1.0.0")
        second = await apply(rest, "1.1.0")
        third = await apply(rest, "1.2.0", "note")

        assert await rest.post(f"/subjects/{SUBJECTS[0]}/versions", carried()) == (200, {"id": second})
        assert await rest.post(f"/subjects/{SUBJECTS[0]}/versions", carried("1.2.0", "note")) == (200, {"id": third})
        assert await rest.get(f"/subjects/{SUBJECTS[0]}/versions") == (200, [1, 2, 3])
        assert first < second < third


async def test_anything_else_is_refused_with_contract_and_command(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await apply(rest)

        status, body = await rest.post(f"/subjects/{SUBJECTS[0]}/versions", sent(AVRO))
        assert (status, body["error_code"]) == (422, 42205)
        assert "contract 'orders'" in body["message"]
        assert "assay contract " in body["message"]
        assert await rest.get(f"/subjects/{SUBJECTS[0]}/versions") == (200, [1])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/subjects/{s}", None),
        ("DELETE", "/subjects/{s}?permanent=true", None),
        ("DELETE", "/subjects/{s}/versions/1", None),
        ("PUT", "/config/{s}", {"compatibility": "NONE"}),
        ("DELETE", "/config/{s}", None),
        ("PUT", "/mode/{s}", {"mode": "READONLY"}),
        ("PUT", "/mode/{s}?force=true", {"mode": "IMPORT"}),
        ("DELETE", "/mode/{s}", None),
    ],
)
async def test_governed_subject_is_read_only_over_rest(tmp_path: Path, method: str, path: str, body: object) -> None:
    async with serving(tmp_path) as rest:
        await apply(rest)

        status, said = await rest(method, path.replace("{s}", SUBJECTS[0]), body)
        assert (status, said["error_code"]) == (422, 42205)
        assert "contract 'orders'" in said["message"]


async def test_retired_version_is_no_applied_one_and_answers_by_id(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        first = await apply(rest, "1.0.0")
        second = await apply(rest, "1.1.0", "note")
        assert await rest.post(f"/subjects/{SUBJECTS[0]}/versions", carried()) == (200, {"id": first})
        await rest.contracts.retire("orders", "1.0.0")

        status, body = await rest.post(f"/subjects/{SUBJECTS[0]}/versions", carried())
        assert (status, body["error_code"]) == (422, 42205)
        assert await rest.get(f"/subjects/{SUBJECTS[0]}/versions") == (200, [2])
        assert (await rest.get(f"/schemas/ids/{first}"))[0] == 200
        assert (await rest.get(f"/subjects/{SUBJECTS[0]}/versions/latest"))[1]["id"] == second


async def test_subject_that_was_there_before_the_contract_keeps_its_ids(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        before = await rest.register(SUBJECTS[0], AVRO)
        number = await apply(rest)

        assert (await rest.get(f"/subjects/{SUBJECTS[0]}/versions"))[1] == [1, 2]
        assert (await rest.get(f"/schemas/ids/{before}"))[0] == 200
        assert (await rest.post(f"/subjects/{SUBJECTS[0]}/versions", sent(AVRO)))[1]["error_code"] == 42205
        assert await rest.post(f"/subjects/{SUBJECTS[0]}/versions", carried()) == (200, {"id": number})


async def test_other_subjects_are_as_free_as_ever(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await apply(rest)

        assert await rest.register("orders.raw.app-key", AVRO) == 2
        assert await rest.register(":.dev:orders.validated-value", AVRO) == 1
        assert await rest.delete("/subjects/orders.raw.app-key") == (200, [1])


async def test_id_of_a_retired_version_is_never_taken_away(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        moved = text("1.0.0").replace(b'{"partitions": 3}', b'{"partitions": 3, "validated": "elsewhere"}')
        number = await apply(rest)
        await rest.contracts.publish("orders", "2.0.0", moved.replace(b"version: 1.0.0", b"version: 2.0.0"))
        await rest.contracts.retire("orders", "1.0.0")

        for path in ("", "/versions/1"):
            status, body = await rest.delete(f"/subjects/{SUBJECTS[-1]}{path}?permanent=true")
            assert (status, body["error_code"]) == (422, 42205)
        assert (await rest.get(f"/schemas/ids/{number}"))[0] == 200


async def test_compatibility_of_a_governed_subject_is_what_its_newest_contract_says(tmp_path: Path) -> None:
    def saying(version: str, mode: str) -> bytes:
        line = f"customProperties:\n  - {{property: assay.compatibility, value: {mode}}}".encode()
        return text(version).replace(b"customProperties:", line)

    async with serving(tmp_path) as rest:
        await rest.put(f"/config/{SUBJECTS[0]}", {"compatibility": "NONE", "alias": "elsewhere"})
        await rest.put("/config", {"compatibility": "NONE"})
        await apply(rest)
        for subject in SUBJECTS:
            assert await rest.get(f"/config/{subject}") == (200, {"compatibilityLevel": "BACKWARD"})
        against = f"/compatibility/subjects/{SUBJECTS[0]}/versions/latest"
        other = sent(json_schema(amount="string"), schemaType="JSON")
        assert (await rest.post(against, other))[1] == {"is_compatible": False}

        await rest.contracts.publish("orders", "1.1.0", saying("1.1.0", "FULL_TRANSITIVE"))
        await rest.contracts.publish("orders", "2.0.0", saying("2.0.0", "NONE"))
        assert await rest.get(f"/config/{SUBJECTS[0]}") == (200, {"compatibilityLevel": "NONE"})
        await rest.contracts.retire("orders", "1.1.0")
        assert await rest.get(f"/config/{SUBJECTS[0]}") == (200, {"compatibilityLevel": "NONE"})
        assert (await rest.post(against, other))[1] == {"is_compatible": True}
