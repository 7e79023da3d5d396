"""A backup moves all that a registry keeps from SQLite to PostgreSQL and back, and its export is the same in both."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import grpc
import httpx

from assay.api.registry.v1 import registry_pb2 as pb
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.client import Catalog
from assay.testkit import Service, eventually, running
from assay.testkit.builders import contract_text
from tests.integration.registry.postgres import postgres

AVRO = {"type": "record", "name": "Parcel", "fields": [{"name": "id", "type": "string"}]}


async def assay(registry: Service, *arguments: str) -> tuple[int | None, str]:
    """Run the command against a registry; return its exit code and what it said."""
    command = [sys.executable, "-m", "assay.cli", "registry", *arguments, "--registry", registry.address]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def fill(registry: Service) -> None:
    """Two versions of a contract, and a subject of another kind with a setting and a deleted version."""
    for version in ("1.0.0", "2.0.0"):
        await published(registry, contract_text("orders", version))
    async with httpx.AsyncClient(base_url=f"http://{registry.http}", timeout=20) as rest:
        first = {"schema": json.dumps(AVRO)}
        second = {"schema": json.dumps({**AVRO, "doc": "é"})}
        for body in (first, second):
            (await rest.post("/subjects/parcels-value/versions", json=body)).raise_for_status()
        (await rest.put("/config/parcels-value", json={"compatibility": "FULL"})).raise_for_status()
        (await rest.delete("/subjects/parcels-value/versions/1")).raise_for_status()
        (await rest.post("/subjects/:.lab:parcels-value/versions", json=first)).raise_for_status()


async def published(registry: Service, text: bytes) -> None:
    async with grpc.aio.insecure_channel(registry.address) as channel:
        await RegistryServiceStub(channel).PublishContract(pb.PublishContractRequest(text=text), timeout=20)


async def answers(registry: Service) -> list[object]:
    """What the registry answers a client, over all that there is."""
    paths = ["/subjects?deleted=true", "/schemas", "/contexts", "/config/parcels-value"]
    async with httpx.AsyncClient(base_url=f"http://{registry.http}", timeout=20) as rest:
        return [(await rest.get(path)).json() for path in paths]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


async def test_backup_moves_everything_from_sqlite_to_postgresql_and_back(tmp_path: Path) -> None:
    there, back = tmp_path / "there.backup", tmp_path / "back.backup"
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/first.db") as first:
        await fill(first)
        before = await answers(first)
        assert (await assay(first, "backup", str(there)))[0] == 0
        assert (await assay(first, "export", str(tmp_path / "first")))[0] == 0
    async with postgres() as server, running("registry", data=tmp_path, store=server.url) as second:
        code, said = await assay(second, "restore", str(there), "--skip-ids", "0")
        assert (code, await answers(second)) == (0, before), said
        assert (await assay(second, "export", str(tmp_path / "second")))[0] == 0
        assert (await assay(second, "backup", str(back)))[0] == 0
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/third.db") as third:
        code, said = await assay(third, "restore", str(back), "--skip-ids", "0")
        assert (code, await answers(third)) == (0, before), said

    first_tree, second_tree = tree(tmp_path / "first"), tree(tmp_path / "second")
    assert first_tree.pop("registry.json") != second_tree.pop("registry.json")  # another epoch
    assert first_tree == second_tree


async def test_watchers_hear_all_of_a_restored_registry(tmp_path: Path) -> None:
    copy = tmp_path / "copy.backup"
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/first.db") as first:
        await fill(first)
        await assay(first, "backup", str(copy))
    async with (
        running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/second.db") as second,
        Catalog(second.address) as catalog,
    ):
        await catalog.ready()
        await assay(second, "restore", str(copy))

        async def knows() -> bool:
            return {*catalog.versions.get("orders", {})} == {"1.0.0", "2.0.0"}

        await eventually(knows)


async def test_audit_says_who_and_why_over_every_face(tmp_path: Path) -> None:
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry:
        await fill(registry)
        retired = await assay_contract(registry, "retire", "orders", "1.0.0", "--reason", "nobody reads it")
        _, said = await assay(registry, "audit", "--json")

    entries = json.loads(said.splitlines()[0])["entries"]
    assert retired == 0
    assert (entries[0]["action"], entries[0]["reason"], entries[0]["target"]) == (
        "contract.retired", "nobody reads it", "orders",
    )  # fmt: skip
    assert entries[0]["actor"]
    assert {"contract.published", "schema.registered", "config.changed", "schema.deleted"} < {
        entry["action"] for entry in entries
    }


async def assay_contract(registry: Service, *arguments: str) -> int | None:
    command = [sys.executable, "-m", "assay.cli", "contract", *arguments, "--registry", registry.address]
    return await (await asyncio.create_subprocess_exec(*command)).wait()
