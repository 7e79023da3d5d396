"""Schemas that use others, and listings across subjects."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.registry.rest_client import AVRO, avro, sent, serving

MONEY = {"type": "record", "name": "Money", "fields": [{"name": "cents", "type": "long"}]}
ORDER = {"type": "record", "name": "Order", "fields": [{"name": "total", "type": "Money"}]}
WRITTEN_OUT = {"type": "record", "name": "Order", "fields": [{"name": "total", "type": MONEY}]}
TO_MONEY = [{"name": "Money", "subject": "money", "version": 1}]


async def test_reference_is_followed_and_given_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("money", MONEY)
        assert await rest.register("order", ORDER, references=TO_MONEY) == 2

        assert (await rest.get("/schemas/ids/2"))[1]["references"] == TO_MONEY
        assert await rest.get("/subjects/money/versions/1/referencedby") == (200, [2])
        assert await rest.get("/subjects/order/versions/1/referencedby") == (200, [])


async def test_latest_is_a_reference_to_the_number_it_has_now(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("money", MONEY)
        await rest.register("order", ORDER, references=[{**TO_MONEY[0], "version": -1}])

        assert (await rest.get("/schemas/ids/2"))[1]["references"] == TO_MONEY


async def test_reference_that_leads_nowhere_is_42201(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        for wrong in (
            TO_MONEY,
            [{"name": "Money", "subject": "money"}],
            [{"name": "Money", "version": 1}],
            TO_MONEY * 2,
        ):
            status, body = await rest.post("/subjects/order/versions", sent(ORDER, references=wrong))
            assert (status, body["error_code"]) == (422, 42201)


async def test_schema_that_is_referred_to_is_not_deleted(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("money", MONEY)
        await rest.register("order", ORDER, references=TO_MONEY)

        assert (await rest.delete("/subjects/money"))[1]["error_code"] == 42206
        assert (await rest.delete("/subjects/money/versions/1"))[1]["error_code"] == 42206
        await rest.delete("/subjects/order")
        assert await rest.delete("/subjects/money") == (200, [1])
        assert (await rest.post("/subjects/other/versions", sent(ORDER, references=TO_MONEY)))[1]["error_code"] == 42201


async def test_schema_with_its_references_written_out_is_found_and_answered(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("money", MONEY)
        await rest.register("order", ORDER, references=TO_MONEY)

        assert (await rest.post("/subjects/order", sent(WRITTEN_OUT)))[1]["id"] == 2
        _, body = await rest.get("/schemas/ids/2?format=resolved")
        assert json.loads(body["schema"])["fields"][0]["type"]["name"] == "Money"
        assert (await rest.get("/schemas/ids/2?format=sideways"))[1]["error_code"] == 42201


async def test_reference_of_a_context_stays_in_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register(":.dev:money", MONEY)

        assert await rest.register(":.dev:order", ORDER, references=TO_MONEY) == 2
        assert (await rest.post("/subjects/order/versions", sent(ORDER, references=TO_MONEY)))[1]["error_code"] == 42201


async def test_chain_of_references_is_followed_to_its_end(tmp_path: Path) -> None:
    def link(number: int) -> dict[str, object]:
        inner = f"L{number - 1}" if number else "string"
        return {"type": "record", "name": f"L{number}", "fields": [{"name": "x", "type": inner}]}

    async with serving(tmp_path) as rest:
        await rest.register("l0", link(0))
        for number in range(1, 8):
            below = [{"name": f"L{number - 1}", "subject": f"l{number - 1}", "version": 1}]
            assert await rest.register(f"l{number}", link(number), references=below) == number + 1


async def test_schemas_are_listed_by_page_prefix_and_newest(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a1", avro("id"))
        await rest.register("a1", avro("id", note=""))
        await rest.register("b1", AVRO)
        await rest.delete("/subjects/b1")

        async def listed(query: str) -> list[tuple[str, int]]:
            _, body = await rest.get(f"/schemas?{query}")
            return [(each["subject"], each["version"]) for each in body]

        assert await listed("") == [("a1", 1), ("a1", 2)]
        assert await listed("latestOnly=true") == [("a1", 2)]
        assert await listed("deleted=true&subjectPrefix=b") == [("b1", 1)]
        assert await listed("offset=1&limit=1") == [("a1", 2)]
        assert await rest.get("/subjects?subjectPrefix=a&offset=0&limit=5") == (200, ["a1"])


async def test_greatest_id_is_told_who_asks(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", avro("id"))
        await rest.register("b", avro("x"))

        assert (await rest.get("/schemas/ids/1?fetchMaxId=true"))[1]["maxId"] == 2
        assert "maxId" not in (await rest.get("/schemas/ids/1"))[1]


async def test_deleted_version_whose_reference_is_gone_for_good_holds_nothing_up(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("money", MONEY)
        await rest.register("order", ORDER, references=TO_MONEY)
        for path in ("/subjects/order", "/subjects/money", "/subjects/money?permanent=true"):
            assert (await rest.delete(path))[0] == 200

        assert (await rest.post("/subjects/order?deleted=true", sent(AVRO)))[1]["error_code"] == 40403
        assert await rest.register("order", AVRO) == 3
        assert await rest.get("/subjects/order/versions?deleted=true") == (200, [1, 2])
        assert await rest.delete("/subjects/order/versions/1?permanent=true") == (200, 1)
