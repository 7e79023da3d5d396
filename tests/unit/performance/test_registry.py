from __future__ import annotations

import json
from pathlib import Path

import pytest

from assay.cli.bench.show import show_registry
from assay.contracts.compatibility import Kind, Mode, SchemaText, check
from assay.registry.store import ContractStore
from assay.registry.subject_store.reading import having, schema
from assay.runtime import SystemClock
from tests.performance import page
from tests.performance.many import KINDS, filled, wide


@pytest.mark.parametrize("kind", KINDS)
def test_wide_schema_with_one_field_more_is_another_and_fits(kind: str) -> None:
    before, after = (SchemaText(Kind(kind), wide(kind, 500, more), {}) for more in ("", "more"))

    assert before.text != after.text
    assert check(after, [before], Mode.BACKWARD).is_compatible


async def test_store_that_is_measured_has_so_many_schemas(tmp_path: Path) -> None:
    url = await filled(tmp_path / "registry.db", 1_234)
    async with ContractStore(url, SystemClock()) as store:
        last = await store.database.run(lambda transaction: schema(transaction, ".", 1_234))
        none = await store.database.run(lambda transaction: schema(transaction, ".", 1_235))
        found = await store.database.run(lambda transaction: having(transaction, ".", 1_234, deleted=False))

    assert last is not None
    assert none is None
    assert [(str(name), version) for name, version in found] == [("topic-1234-value", 1)]


def test_table_of_the_registry_has_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    show_registry(json.loads(page.REGISTRY.read_text()))

    shown = capsys.readouterr().out
    assert [
        name for name in ("vs_bare_asgi", "check_ms avro", "check_ms protobuf", "start_s") if name not in shown
    ] == []
