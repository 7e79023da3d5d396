"""The OpenAPI document says what the router does, and is in the documentation as it is served."""

from __future__ import annotations

import json
from pathlib import Path

from assay.registry.rest.openapi import OPERATIONS, document
from assay.registry.rest.ready_bytes import ReadyBytes
from assay.registry.rest.wiring import routes
from assay.registry.store import ContractStore
from assay.registry.subject_store.store import SubjectStore
from assay.runtime import SystemClock
from tests.unit.registry.rest_client import Here, serving

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "registry.openapi.json"


def test_every_route_is_in_the_document_and_the_other_way_round(tmp_path: Path) -> None:
    store = SubjectStore(ContractStore(f"sqlite:///{tmp_path}/r.db", SystemClock()).database)
    served = routes(store, Here(), SystemClock(), ReadyBytes())

    assert {(route.method, route.path) for route in served} == {(each.method, each.path) for each in OPERATIONS}


def test_document_in_the_documentation_is_the_one_that_is_served() -> None:
    assert json.loads(PAGE.read_text()) == document()


async def test_document_is_served(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        assert await rest.get("/openapi.json") == (200, json.loads(json.dumps(document())))


def test_every_reference_of_the_document_leads_somewhere() -> None:
    text = json.dumps(document())
    parts = json.loads(text)["components"]["schemas"]
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert named <= parts.keys()
