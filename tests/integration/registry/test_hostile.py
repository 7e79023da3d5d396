"""Whatever is sent to the registry, it answers with the right code, in bounded time and memory, and others meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from assay.testkit import Service
from tests.integration.registry.bombs import BOMBS, PAIRS, Bomb
from tests.integration.registry.holding import held

Names = Callable[[str], str]

ANSWER_S, OTHERS_S = 90, 30
MOST_BYTES = 768 * 1024 * 1024
"""What the process and those that work for it may have held at their worst; each has 115 MB when it starts."""
SCHEMA = '{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}'


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One process that lives through all of this."""
    with held(tmp_path_factory.mktemp("registry")) as service:
        yield service


@pytest.fixture(autouse=True)
def _lives(registry: Service) -> Iterator[None]:
    yield
    registry.check()
    assert peak_bytes(registry.pid) < MOST_BYTES


@dataclass(slots=True)
class Others:
    """Those who ask meanwhile; each must be answered."""

    http: httpx.AsyncClient
    were_answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self) -> None:
        while True:
            async with asyncio.timeout(OTHERS_S):
                assert (await self.http.get("/subjects/other/versions/1")).status_code == 200
                assert (await self.http.get("/readyz")).status_code == 200
            self.were_answered.set()


@asynccontextmanager
async def asking(registry: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client, beside whom others are answered as long as it lasts."""
    async with httpx.AsyncClient(base_url=f"http://{registry.http}", timeout=ANSWER_S) as http:
        assert (await http.post("/subjects/other/versions", json={"schema": SCHEMA})).status_code == 200
        others = Others(http)
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(others.ask())
            yield http
            await others.were_answered.wait()
            asked.cancel()


def code(answer: httpx.Response) -> int:
    """The code of an error, 0 where it is none; the status says the same."""
    found = int(answer.json()["error_code"]) if answer.status_code >= 400 else 0
    assert not found or answer.status_code == int(str(found)[:3])
    return found


def peak_bytes(pid: int) -> int:
    """The most memory that a process has had, and those that it has started and that live, each at its worst."""
    found = 0
    for each in (pid, *children(pid)):
        lines = Path(f"/proc/{each}/status").read_text().splitlines()
        found += 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return found


def children(pid: int) -> list[int]:
    return [int(each) for task in Path(f"/proc/{pid}/task").glob("*/children") for each in task.read_text().split()]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: f"{bomb.kind}: {bomb.name}")
async def test_bomb_has_its_code_wherever_a_schema_goes(registry: Service, unique: Names, bomb: Bomb) -> None:
    subject, body = unique("bomb"), {"schema": bomb.text, "schemaType": bomb.kind}
    async with asking(registry) as http:
        registered = code(await http.post(f"/subjects/{subject}/versions", json=body))
        compared = code(await http.post(f"/compatibility/subjects/{subject}/versions/latest", json=body))
        found = code(await http.post(f"/subjects/{subject}?normalize=true", json=body))

    assert (registered, compared) == (bomb.code, bomb.code)
    assert found in (0, 40401, 40403, bomb.code)


@pytest.mark.parametrize(("kind", "before", "after"), PAIRS, ids=range(len(PAIRS)))
async def test_comparison_that_explodes_ends_with_a_verdict(
    registry: Service, unique: Names, kind: str, before: str, after: str
) -> None:
    subject = unique("pair")
    async with asking(registry) as http:
        await http.post(f"/subjects/{subject}/versions", json={"schema": before, "schemaType": kind})
        asked = f"/compatibility/subjects/{subject}/versions?verbose=true"
        answer = await http.post(asked, json={"schema": after, "schemaType": kind})
        registered = await http.post(f"/subjects/{subject}/versions", json={"schema": after, "schemaType": kind})

    assert not answer.json()["is_compatible"]
    assert answer.json()["messages"]
    assert code(registered) in (40901, 42201)  # one that takes too long is none that anybody can use


@pytest.mark.parametrize("place", ["$ref", "$id", "$schema", "$dynamicRef", "items", "default"])
async def test_no_word_of_a_schema_makes_the_registry_call_anyone(registry: Service, unique: Names, place: str) -> None:
    callers = list[str]()

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(place)
        writer.close()

    async with await asyncio.start_server(note, "127.0.0.1", 0) as server, asking(registry) as http:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/schema.json"
        said = {"$ref": address} if place in ("items", "default") else address
        text = json.dumps({place: said, "type": "object"})
        answer = await http.post(f"/subjects/{unique('call')}/versions", json={"schema": text, "schemaType": "JSON"})

    assert code(answer) in (0, 42201)
    assert callers == []


async def test_references_that_lead_round_or_nowhere_are_refused(registry: Service, unique: Names) -> None:
    subject = unique("ring")
    itself = [{"name": "Order", "subject": subject, "version": 1}]
    user = '{"type": "record", "name": "User", "fields": [{"name": "x", "type": "Order"}]}'
    async with asking(registry) as http:
        first = await http.post(f"/subjects/{subject}/versions", json={"schema": user, "references": itself})
        await http.post(f"/subjects/{subject}/versions", json={"schema": SCHEMA})
        again = await http.post(f"/subjects/{subject}/versions", json={"schema": SCHEMA, "references": itself})
        many = [{"name": f"A{n}", "subject": subject, "version": 1} for n in range(5_000)]
        too_many = await http.post(f"/subjects/{subject}/versions", json={"schema": user, "references": many})

    assert [code(each) for each in (first, again, too_many)] == [42201, 42201, 42201]


async def test_references_that_double_at_each_step_are_read_once(registry: Service, unique: Names) -> None:
    name = unique("double")
    async with asking(registry) as http:
        for step in range(31):
            below = [
                {"name": f"{each}{step - 1}", "subject": f"{name}-{step - 1}-{each}", "version": 1} for each in "AB"
            ]
            for each in "AB":
                used = [f"A{step - 1}", f"B{step - 1}"] if step else []
                fields = [{"name": f"field_{one}", "type": one} for one in used]
                text = json.dumps({"type": "record", "name": f"{each}{step}", "fields": fields})
                body = {"schema": text, "references": below if step else []}
                assert code(await http.post(f"/subjects/{name}-{step}-{each}/versions", json=body)) == 0
        resolved = await http.get(f"/subjects/{name}-30-A/versions/1?format=resolved")

    assert code(resolved) in (0, 42201)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/../../../etc/passwd",
        "/subjects/../../etc/passwd/versions",
        "/subjects/%2e%2e%2f%2e%2e%2fetc%2fpasswd/versions",
        "//subjects//a//versions",
        "/subjects/%00/versions",
        "/subjects/%ff%fe/versions",
        "/subjects/a/versions/%F0%28%8C%28",
        "/subjects/a/versions/1%00",
        "/subjects/:.:/versions",
        "/subjects/:.%2F..:a/versions",
        "/subjects/%252e%252e/versions",
        "/config/%ff",
        "/mode/%00",
        "/contexts/%2e%2e/subjects",
        "/schemas/ids/1%0d%0aX-Injected:1",
        "/schemas/guids/%ff",
        "/?" + "a=" * 20_000,
    ],
)
async def test_path_is_a_name_or_an_error_and_never_a_place(registry: Service, method: str, path: str) -> None:
    status, head, body = await raw(
        registry, f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    )

    assert status in (200, 400, 404, 405, 414, 422)
    assert b"x-injected" not in head.lower()
    assert b"root:" not in body


@pytest.mark.parametrize(
    "request_",
    [
        b"\xff\xfe\x00\x01\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET " + b"/a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(20_000)) + b"\r\n",
        b"POST /subjects/a/versions HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /subjects/a/versions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /subjects/a/versions HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=range(7),
)
async def test_request_that_is_no_http_is_refused_or_cut(registry: Service, request_: bytes) -> None:
    status, _, _ = await raw(registry, request_)

    assert status in (0, 400, 431)


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nHost: a\r\nX: "], ids=["path", "header"])
async def test_head_without_an_end_is_cut_and_not_gathered(registry: Service, start: bytes) -> None:
    host, _, port = registry.http.rpartition(":")
    before = peak_bytes(registry.pid)
    _, writer = await asyncio.open_connection(host, int(port))
    with pytest.raises(ConnectionError):
        await endless(writer, start)
    writer.close()

    assert peak_bytes(registry.pid) < before + 20 * 1024 * 1024


async def test_clients_that_never_finish_their_request_hold_nobody_up(registry: Service) -> None:
    host, _, port = registry.http.rpartition(":")
    slow = [await asyncio.open_connection(host, int(port)) for _ in range(200)]
    for _, writer in slow:
        writer.write(b"POST /subjects/slow/versions HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n{")
        await writer.drain()
    async with asking(registry) as http:
        answer = await http.get("/subjects/other/versions")
    for _, writer in slow:
        writer.close()

    assert answer.json() == [1]


UNKNOWN = {"unknown": {"deep": [1, None, {"x": "y"}]}, "__proto__": 1, "ä": "ö", "": 0, "x" * 1_000: "x" * 1_000}


async def test_keys_that_nobody_knows_change_nothing(registry: Service, unique: Names) -> None:
    subject = unique("unknown")
    rule = {"name": "r", "kind": "CONDITION", "type": "CEL", "mode": "WRITE", "expr": "true", **UNKNOWN}
    body = {
        "schema": SCHEMA,
        "schemaType": "AVRO",
        "references": [{"name": "None", "subject": "other", "version": 1, **UNKNOWN}],
        "metadata": {"properties": {"owner": "a"}, **UNKNOWN},
        "ruleSet": {"domainRules": [rule], **UNKNOWN},
        **UNKNOWN,
    }
    async with asking(registry) as http:
        refused = await http.post(f"/subjects/{subject}/versions", json={**body, "references": [UNKNOWN]})
        registered = await http.post(f"/subjects/{subject}/versions", json={**body, "references": []})
        told = (await http.get(f"/subjects/{subject}/versions/1")).json()
        level = await http.put(f"/config/{subject}", json={"compatibility": "FULL", **UNKNOWN})
        mode = await http.put(f"/mode/{subject}", json={"mode": "READWRITE", **UNKNOWN})

    assert [code(each) for each in (refused, registered, level, mode)] == [42201, 0, 0, 0]
    assert told["schema"] == SCHEMA
    assert told["metadata"]["properties"] == {"owner": "a"}
    assert told["ruleSet"]["domainRules"][0]["expr"] == "true"


@pytest.mark.parametrize("part", ["metadata", "ruleSet"])
async def test_company_of_a_schema_is_bounded_like_the_schema(registry: Service, unique: Names, part: str) -> None:
    wide = {
        "metadata": {"properties": {f"p{n}": "x" * 20 for n in range(60_000)}},
        "ruleSet": {
            "domainRules": [
                {"name": f"r{n}", "kind": "CONDITION", "type": "CEL", "mode": "WRITE"} for n in range(30_000)
            ]
        },
    }
    async with asking(registry) as http:
        answer = await http.post(f"/subjects/{unique('wide')}/versions", json={"schema": SCHEMA, part: wide[part]})

    assert code(answer) in (0, 400, 42201, 42209, 42210)


async def endless(writer: asyncio.StreamWriter, start: bytes) -> None:
    """Send a start, and then 100 MB that end nothing."""
    async with asyncio.timeout(ANSWER_S):
        writer.write(start)
        for _ in range(100):
            writer.write(b"a" * 1_000_000)
            await writer.drain()


async def raw(registry: Service, request: bytes) -> tuple[int, bytes, bytes]:
    """The status, the head and the body of the answer to bytes as they are; 0 where the connection was cut."""
    host, _, port = registry.http.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        async with asyncio.timeout(OTHERS_S):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            body = await reader.readexactly(size)
    except (asyncio.IncompleteReadError, ConnectionError):
        return 0, b"", b""
    finally:
        writer.close()
    return int(head.split()[1]), head, body
