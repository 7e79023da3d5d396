"""Whatever is sent, the answer is a code that fits, and never a 5xx."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.registry.rest import body
from assay.registry.rest.body import MAX_BODY
from assay.registry.subjects import registration
from tests.unit.registry.rest_client import AVRO, avro, sent, serving

DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"text"', 400),
        (b"{}", 42201),
        (b'{"schema": null}', 42201),
        (b'{"schema": 5}', 400),
        (b'{"schema": "\\ud800"}', 400),
        (b'{"schema": "\xff"}', 400),
        (b'{"schema": "\\u0000"}', 42201),
        (DEEP.encode(), 400),
        (json.dumps({"schema": DEEP}).encode(), 42201),
        (json.dumps({"schema": DEEP, "schemaType": "JSON"}).encode(), 42201),
        (json.dumps({"schema": "message " * 10_000, "schemaType": "PROTOBUF"}).encode(), 42201),
        (json.dumps({"schema": '"string"', "schemaType": "THRIFT"}).encode(), 42201),
        (json.dumps({"schema": '"string"', "references": "none"}).encode(), 400),
        (json.dumps({"schema": '"string"', "metadata": {"properties": {"a": 1}}}).encode(), 400),
        (json.dumps({"schema": '"string"', "version": 5}).encode(), 42201),
        (json.dumps({"schema": '"string"', "id": 5}).encode(), 42205),
        (json.dumps({"schema": '"string"', "id": 2**40}).encode(), 42201),
        (json.dumps({"schema": '"string"', "id": 2**70}).encode(), 400),
        (json.dumps({"schema": " " * (1024 * 1024) + '"string"'}).encode(), 42209),
        (b" " * (MAX_BODY + 1), 42209),
    ],
    ids=range(24),
)
async def test_body_that_is_no_schema_has_its_code(tmp_path: Path, body: bytes, code: int) -> None:
    async with serving(tmp_path) as rest:
        status, said = await rest("POST", "/subjects/a/versions", body)

        assert (status, said["error_code"]) == (int(str(code)[:3]), code)
        assert (await rest("POST", "/subjects/a", body))[0] in (400, 404, 422)
        assert (await rest("POST", "/compatibility/subjects/a/versions/latest", body))[0] in (200, 400, 422)


@pytest.mark.parametrize(
    "name",
    [
        "%00",
        "a%00b",
        "a%0Ab",
        "%7F",
        "%C2%85",
        "%FF",
        "%ED%A0%80",
        "x" * 10_000,
        "%F0%9F%98%80" * 300,
        "__GLOBAL",
        ":.ctx:",
    ],
)
async def test_name_that_no_subject_can_have_is_42208(tmp_path: Path, name: str) -> None:
    async with serving(tmp_path) as rest:
        for method, path in (("POST", f"/subjects/{name}/versions"), ("GET", f"/subjects/{name}/versions/1")):
            status, body = await rest(method, path, sent(AVRO))
            assert (status, body["error_code"]) == (422, 42208)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a%2Fb", "a/b"),
        ("..%2F..%2Fetc%2Fpasswd", "../../etc/passwd"),
        ("%2e%2e", ".."),
        ("a%20b", "a b"),
        ("%C3%A4", "ä"),
        ("a%3Fb%23c", "a?b#c"),
        ("versions", "versions"),
        ("'%3B%20DROP%20TABLE%20schemas", "'; DROP TABLE schemas"),
    ],
)
async def test_odd_name_is_a_name_and_nothing_else(tmp_path: Path, path: str, name: str) -> None:
    async with serving(tmp_path) as rest:
        assert await rest.register(path, AVRO) == 1
        assert await rest.get("/subjects") == (200, [name])
        assert (await rest.get(f"/subjects/{path}/versions/1"))[1]["subject"] == name
        assert await rest.delete(f"/subjects/{path}") == (200, [1])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/schemas/ids/x", 400),
        ("/schemas/ids/0", 40403),
        ("/schemas/ids/-1", 40403),
        ("/schemas/ids/99999999999999999999", 400),
        ("/schemas/ids/9999999999", 40403),
        ("/schemas/guids/none", 40403),
        ("/subjects/a/versions/99999999999", 42202),
        ("/subjects/a/versions/1e3", 42202),
        ("/subjects/a/versions/٣", 42202),
        ("/subjects?offset=x", 400),
        ("/subjects?limit=99999999999999", 400),
        ("/subjects?deleted=%FF", 400),
        ("/subjects?subjectPrefix=%00", 42208),
        ("/subjects?subjectPrefix=:*:%00", 42208),
        ("/schemas?subjectPrefix=%00", 42208),
        ("/subjects?" + "&".join(f"a{n}=1" for n in range(200)), 400),
        ("/schemas?limit=1.5", 400),
    ],
)
async def test_path_or_query_that_can_not_be_read_has_its_code(tmp_path: Path, path: str, code: int) -> None:
    async with serving(tmp_path) as rest:
        status, body = await rest.get(path)

        assert (status, body["error_code"]) == (int(str(code)[:3]), code)


async def test_method_that_a_path_does_not_have_is_told_with_those_it_has(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        answer = await rest.http.patch("/subjects/a/versions/1")
        assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET")
        assert (await rest.http.head("/subjects")).status_code == 200


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("*/*", "application/vnd.schemaregistry.v1+json"),
        ("application/vnd.schemaregistry.v1+json, application/json", "application/vnd.schemaregistry.v1+json"),
        ("application/vnd.schemaregistry+json", "application/vnd.schemaregistry+json"),
        ("application/json", "application/json"),
        ("text/html", "application/vnd.schemaregistry.v1+json"),
    ],
)
async def test_answer_has_the_type_that_is_asked_for(tmp_path: Path, accept: str, answered: str) -> None:
    async with serving(tmp_path) as rest:
        await rest.register("a", AVRO)
        for _ in range(2):  # from the store, and from ready bytes
            answer = await rest.http.get("/schemas/ids/1", headers={"accept": accept})
            assert answer.headers["content-type"] == answered


WORDS = st.sampled_from(
    [
        "schema",
        "schemaType",
        "references",
        "metadata",
        "ruleSet",
        "id",
        "version",
        "compatibility",
        "mode",
        "alias",
        "tags",
        "properties",
        "domainRules",
        "name",
        "kind",
        "normalize",
        "defaultMetadata",
        "overrideRuleSet",
        "unknown",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["AVRO", "JSON", "PROTOBUF", '"string"', "FULL", "READONLY", '{"type": "object"}']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
PATHS = st.sampled_from(
    [
        ("POST", "/subjects/a"),
        ("POST", "/subjects/a/versions"),
        ("POST", "/subjects/a/versions/latest/tags"),
        ("POST", "/compatibility/subjects/a/versions/latest?verbose=true"),
        ("POST", "/compatibility/subjects/a/versions"),
        ("PUT", "/config"),
        ("PUT", "/config/b"),
        ("PUT", "/mode/b"),
        ("PUT", "/mode?force=true"),
    ]
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(PATHS, st.dictionaries(WORDS, VALUES, max_size=6)), min_size=20, max_size=20))
async def test_no_body_leads_to_a_5xx(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[tuple[str, str], object]]
) -> None:
    async with serving(tmp_path_factory.mktemp("registry")) as rest:
        for (method, path), body in calls:
            status, _ = await rest(method, path, body)
            assert status < 500


async def test_unknown_keys_are_accepted_everywhere(tmp_path: Path) -> None:
    more = {"schemaTags": [1], "propagateSchemaTags": True, "ts": 5, "": None}
    async with serving(tmp_path) as rest:
        assert await rest.register("a", AVRO, **more) == 1
        assert (await rest.post("/subjects/a", {**sent(AVRO), **more}))[0] == 200
        assert (await rest.post("/compatibility/subjects/a/versions/1", {**sent(AVRO), **more}))[0] == 200
        assert (await rest.put("/config/a", {"compatibility": "FULL", **more}))[0] == 200
        assert (await rest.put("/mode/a", {"mode": "READWRITE", **more}))[0] == 200


@pytest.mark.parametrize("alias", ["\0", "x" * 5_000, "__GLOBAL"])
async def test_alias_that_no_subject_can_have_is_refused(tmp_path: Path, alias: str) -> None:
    async with serving(tmp_path) as rest:
        status, body = await rest.put("/config/a", {"alias": alias})

        assert (status, body["error_code"]) == (422, 42208)


async def test_import_leaves_ids_for_all_that_comes(tmp_path: Path) -> None:
    async with serving(tmp_path) as rest:
        await rest.put("/mode/a", {"mode": "IMPORT"})
        status, body = await rest.post("/subjects/a/versions", sent(AVRO, id=2**31 - 1, version=1))

        assert (status, body["error_code"]) == (422, 42205)
        assert await rest.register("b", AVRO) == 1


async def test_bodies_of_all_clients_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "MAX_HELD", 100)
    async with serving(tmp_path) as rest:
        answer = await rest.http.post("/subjects/a/versions", content=b" " * 101)
        assert (answer.status_code, answer.json()["error_code"]) == (503, 50301)
        assert answer.headers["retry-after"] == "1"
        for _ in range(10):
            assert await rest.register("a", '"int"') == 1


async def test_subject_has_a_limit_that_keeps_every_request_about_it_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "MAX_SEEN", 100)
    async with serving(tmp_path) as rest:
        await rest.put("/config", {"compatibility": "NONE"})
        assert await rest.register("a", AVRO) == 1
        assert await rest.register("a", avro("id", "second")) == 2
        assert (await rest.register("a", avro("id", "third")))["error_code"] == 42201
        assert await rest.register("a", AVRO) == 1
        assert await rest.register("b", avro("id", "third")) == 3
