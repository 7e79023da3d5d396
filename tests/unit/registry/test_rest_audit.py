"""Each change over REST is in the audit, with who made it and why, and nothing that is secret."""

from __future__ import annotations

import base64
from pathlib import Path

from assay.registry.audit import Entry, entries
from tests.unit.registry.rest_client import AVRO, Rest, sent, serving


async def audit(rest: Rest) -> list[Entry]:
    return list(await rest.contracts.database.run(lambda transaction: entries(transaction, 0, 100)))


async def test_every_change_has_one_entry_and_what_changes_nothing_has_none(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)
        await rest.register("a", AVRO)
        await rest.post("/subjects/a", sent(AVRO))
        await rest.put("/config/a", {"compatibility": "FULL"})
        await rest.put("/config/a", {"compatibility": "SOMETIMES"})
        await rest.put("/mode/a", {"mode": "READWRITE"})
        await rest.delete("/mode/a")
        await rest.delete("/config/a")
        await rest.delete("/subjects/a")
        await rest.delete("/subjects/a?permanent=true")

        assert [(each.action, each.target) for each in reversed(await audit(rest))] == [
            ("schema.registered", "a"),
            ("config.changed", "a"),
            ("mode.changed", "a"),
            ("mode.deleted", "a"),
            ("config.deleted", "a"),
            ("schema.deleted", "a"),
            ("schema.deleted", "a"),
        ]


async def test_entry_names_the_user_or_who_the_request_says_and_never_a_password(tmp_path: Path) -> None:
    basic = {"Authorization": "Basic " + base64.b64encode(b"ana:secret").decode()}
    said = {"Assay-Actor": "ci", "Assay-Reason": "release 7", "Assay-Commit": "abc"}
    async with serving(tmp_path) as rest:
        await rest("POST", "/subjects/a/versions", sent(AVRO), basic)
        await rest("POST", "/subjects/b/versions", sent(AVRO), {**basic, **said})
        await rest("POST", "/subjects/c/versions", sent(AVRO), {"Authorization": "Basic ???"})

        last, second, first = await audit(rest)
        assert (first.actor, second.actor, second.reason, last.actor) == ("ana", "ci", "release 7", "")
        assert second.detail["commit"] == "abc"
        assert "secret" not in repr((first, second, last))


async def test_context_that_is_closed_has_an_entry_and_one_that_never_was_has_none(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.put("/config/:.dev:", {"compatibility": "NONE"})
        assert (await rest("DELETE", "/contexts/.dev"))[0] == 204
        assert (await rest("DELETE", "/contexts/.never"))[0] == 204

        assert [(each.action, each.target) for each in reversed(await audit(rest))] == [
            ("config.changed", ":.dev:"),
            ("context.deleted", ".dev"),
        ]
