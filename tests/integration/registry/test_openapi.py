"""Requests that are made from the registry's own OpenAPI document, good and bad: none is answered with a 5xx.

What is answered is held to the document: its codes, its types and its shapes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from assay.testkit import Service
from tests.integration.registry.holding import held

REQUESTS = int(os.environ.get("ASSAY_TEST_REQUESTS", "5000" if os.environ.get("CI") else "1000"))
SIZE = f"{REQUESTS:,} requests"
DOCUMENT = Path(__file__).parents[3] / "docs/reference/registry.openapi.json"
OPERATIONS = [
    (method.upper(), path)
    for path, methods in json.loads(DOCUMENT.read_text())["paths"].items()
    for method in methods
    if method in ("get", "post", "put", "delete")
]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
TEXT_CHECKS = CHECKS[:3]
"""The text of a schema goes out as it is, under the type of all answers, as Confluent's does: a .proto is no JSON."""
KNOWN = {
    "subject": ["orders-value", "bills-value", "proto-value", ":.stage:orders-value", "gone-value"],
    "version": ["1", "latest", "-1", "2"],
    "id": ["1", "2", "3"],
    "context": [".", ".stage", "none"],
}
"""What is there, so that requests go further than to a 404."""
SCHEMAS = [
    {"schema": '{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}'},
    {"schema": '{"type": "object", "properties": {"id": {"type": "string"}}}', "schemaType": "JSON"},
    {"schema": 'syntax = "proto3"; message Order { string id = 1; }', "schemaType": "PROTOBUF"},
]
answered = list[int]()


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with held(tmp_path_factory.mktemp("registry")) as service:
        _settle(f"http://{service.http}")
        yield service


def _settle(url: str) -> None:
    """Register what KNOWN says is there."""
    with httpx.Client(base_url=url) as http:
        for subject, schema in zip(KNOWN["subject"], [*SCHEMAS, SCHEMAS[0], SCHEMAS[0]], strict=True):
            assert http.post(f"/subjects/{subject}/versions", json=schema).status_code == 200
        assert http.delete("/subjects/gone-value").status_code == 200


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(each) for each in OPERATIONS])
def test_answers_are_as_the_document_says(registry: Service, method: str, path: str) -> None:
    url = f"http://{registry.http}"
    operation = schemathesis.openapi.from_url(f"{url}/openapi.json")[path][method]
    modes = [operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode]
    checks = TEXT_CHECKS if path.endswith("/schema") else CHECKS
    each = 3 * REQUESTS // 2 // len(OPERATIONS)  # some paths have but a few requests that differ

    @settings(
        max_examples=each,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(modes), data=st.data())
    def ask(case: schemathesis.Case[Any], data: st.DataObject) -> None:
        aim(case, data)
        response = case.call(session=session)
        answered.append(response.status_code)
        case.validate_response(response, checks=checks)

    with requests.Session() as session:
        ask()
    registry.check()


def test_so_many_requests_were_made_and_many_of_them_did_something() -> None:
    if not answered:
        pytest.skip("NOT PROVED: it counts the requests of the tests before it, which did not run")
    assert len(answered) >= REQUESTS
    assert answered.count(200) > len(answered) // 10


def aim(case: schemathesis.Case[Any], data: st.DataObject) -> None:
    """Turn half of the requests on what is there."""
    parameters: Any = case.path_parameters
    for name in parameters if isinstance(parameters, dict) else ():
        if name in KNOWN and data.draw(st.booleans()):
            parameters[name] = data.draw(st.sampled_from(KNOWN[name]))
    if isinstance(case.body, dict) and "schema" in case.body and data.draw(st.booleans()):
        case.body.update(data.draw(st.sampled_from(SCHEMAS)))
