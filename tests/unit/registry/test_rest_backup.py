"""What clients registered over REST is in the backup, and is there again after a restore."""

from __future__ import annotations

import io
from pathlib import Path

from assay.testkit.builders import contract_text
from tests.unit.registry.rest_client import AVRO, avro, serving


async def test_subjects_ids_settings_and_contracts_come_back_from_a_backup(tmp_path: Path) -> None:
    paths = ("/subjects?deleted=true", "/schemas?deleted=true", "/config/a", "/mode/a", "/contexts", "/schemas/ids/1")
    file = io.BytesIO()
    async with serving(tmp_path / "one") as rest:
        await rest.register("a", AVRO)
        await rest.register("b", avro("x"))
        await rest.register(":.dev:c", AVRO)
        await rest.contracts.publish("orders", "1.0.0", contract_text("orders"))
        await rest.put("/config/a", {"compatibility": "FULL"})
        await rest.put("/mode/a", {"mode": "READONLY"})
        await rest.delete("/subjects/b")
        before = [await rest.get(path) for path in paths]
        await rest.contracts.backup(file)
    async with serving(tmp_path / "two") as rest:
        await rest.contracts.restore(file, 0)

        assert [await rest.get(path) for path in paths] == before
        assert await rest.register("d", avro("y")) == 4
