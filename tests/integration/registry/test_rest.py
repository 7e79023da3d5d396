"""The registry as a process, over HTTP: what it answered once stays true, whatever ends it and however many ask."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import httpx

from assay.api.registry.v1 import registry_pb2 as pb
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.testkit import Service, eventually, running
from assay.testkit.builders import contract_text
from tests.integration.registry.postgres import postgres

CALL_S = 30.0


def body(*fields: str, **more: object) -> dict[str, object]:
    """The request that carries a record of strings."""
    record = {"type": "record", "name": "R", "fields": [{"name": each, "type": "string"} for each in fields]}
    return {"schema": json.dumps(record), "schemaType": "AVRO", "references": [], **more}


@asynccontextmanager
async def calling(registry: Service) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(base_url=f"http://{registry.http}", timeout=CALL_S, limits=limits) as http:
        yield http


async def register(http: httpx.AsyncClient, subject: str, sent: dict[str, object]) -> int:
    answer = await http.post(f"/subjects/{subject}/versions?normalize=False", json=sent)
    number: int = answer.raise_for_status().json()["id"]
    return number


async def test_ids_versions_settings_and_deletions_are_the_same_after_a_restart(tmp_path: Path) -> None:
    async def told(http: httpx.AsyncClient) -> list[object]:
        paths = (
            "/subjects?deleted=true",
            "/subjects",
            "/schemas?deleted=true",
            "/config/a",
            "/mode/a",
            "/schemas/ids/1",
        )
        return [(await http.get(path)).json() for path in paths]

    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry:
        async with calling(registry) as http:
            await register(http, "a", body("id"))
            await register(http, "b", body("x"))
            await http.put("/config/a", json={"compatibility": "FULL_TRANSITIVE"})
            await http.put("/mode/a", json={"mode": "READONLY"})
            await http.delete("/subjects/b")
            before = await told(http)
        await registry.restart()
        async with calling(registry) as http:
            assert await told(http) == before
            assert await register(http, "c", body("y")) == 3


async def test_same_schema_from_fifty_clients_gets_one_id_and_ids_never_repeat(tmp_path: Path) -> None:
    async with (
        running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry,
        calling(registry) as http,
        asyncio.TaskGroup() as group,
    ):
        same = [group.create_task(register(http, f"s{n % 5}", body("id"))) for n in range(50)]
        others = [group.create_task(register(http, f"o{n}", body(f"f{n}"))) for n in range(20)]

    assert len({task.result() for task in same}) == 1
    assert len({task.result() for task in others} | {same[0].result()}) == 21


async def test_whatever_was_answered_survives_kill_9_in_the_middle_of_registering(tmp_path: Path) -> None:
    answered: dict[str, int] = {}
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry:

        async def register_until_killed(mine: int) -> None:
            async with calling(registry) as http:
                for number in range(10_000):
                    name = f"s{mine}.{number}"
                    try:
                        answered[name] = await register(http, name, body(f"f{mine}_{number}"))
                    except httpx.TransportError:
                        return

        async def enough() -> bool:
            return len(answered) >= 20

        async with asyncio.TaskGroup() as group:
            for mine in range(4):
                group.create_task(register_until_killed(mine))
            await eventually(enough)
            await registry.kill()
        registry.start()
        await registry.ready()
        async with calling(registry) as http:
            for name, number in answered.items():
                assert (await http.get(f"/subjects/{name}/versions/1")).json()["id"] == number
            assert await register(http, "after", body("after")) > max(answered.values())
    assert len(set(answered.values())) == len(answered)


async def test_published_contract_is_answered_to_confluents_clients(tmp_path: Path) -> None:
    async with (
        running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry,
        calling(registry) as http,
        grpc.aio.insecure_channel(registry.address) as channel,
    ):
        stub = RegistryServiceStub(channel)
        request = pb.PublishContractRequest(text=contract_text("orders"))
        published = (await stub.PublishContract(request, timeout=CALL_S)).published
        version = (await http.get("/subjects/orders.validated-value/versions/latest")).json()

        assert version["id"] == published.id
        sent = {"schema": version["schema"], "schemaType": version["schemaType"]}
        assert await register(http, "orders.raw.app-value", sent) == published.id
        refused = await http.post("/subjects/orders.raw.app-value/versions", json=body("id"))
        assert (refused.status_code, refused.json()["error_code"]) == (422, 42205)


async def test_body_that_is_too_large_is_answered_and_the_next_one_too(tmp_path: Path) -> None:
    async with (
        running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry,
        calling(registry) as http,
    ):
        refused = await http.post("/subjects/a/versions", content=b" " * (10 * 1024 * 1024))

        assert (refused.status_code, refused.json()["error_code"]) == (422, 42209)
        assert await register(http, "a", body("id")) == 1


async def test_id_that_another_process_deleted_for_good_is_gone_here_too(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/registry.db"
    async with (
        running("registry", data=tmp_path / "one", store=store) as one,
        running("registry", data=tmp_path / "two", store=store) as two,
        calling(one) as here,
        calling(two) as there,
    ):
        await register(here, "a", body("id"))
        assert (await there.get("/schemas/ids/1")).status_code == 200
        await here.delete("/subjects/a")
        await here.delete("/subjects/a?permanent=true")
        assert (await here.get("/schemas/ids/1")).status_code == 404

        async def is_gone() -> bool:
            return (await there.get("/schemas/ids/1")).status_code == 404

        await eventually(is_gone)
        assert await register(there, "a", body("id")) == 2


async def test_schemas_are_answered_while_the_store_is_away_and_readiness_tells_the_truth(tmp_path: Path) -> None:
    async with (
        postgres() as server,
        running("registry", data=tmp_path, store=server.url) as registry,
        calling(registry) as http,
    ):
        await register(http, "a", body("id"))
        assert (await http.get("/schemas/ids/1")).status_code == 200
        assert (await http.get("/readyz")).status_code == 200
        await server.kill()

        away = await http.get("/readyz")
        assert (away.status_code, away.headers["retry-after"]) == (503, "1")
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/schemas/ids/1?subject=a")).status_code == 200
        refused = await http.post("/subjects/a/versions", json=body("other"))
        assert (refused.status_code, refused.json()["error_code"]) == (500, 50001)
        server.start()

        async def is_back() -> bool:
            return (await http.get("/readyz")).status_code == 200

        await eventually(is_back, within_s=60)
        assert await register(http, "a", body("id")) == 1


async def test_graceful_stop_waits_for_no_idle_connection(tmp_path: Path) -> None:
    async with (
        running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry,
        calling(registry) as http,
    ):
        await http.get("/subjects")
        async with asyncio.timeout(4):
            assert await registry.stop() == 0
