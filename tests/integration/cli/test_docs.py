"""Pages are made of what the registry has: every version, and what changed between them."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import grpc

from assay.api.registry.v1.registry_pb2 import PublishContractRequest
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.testkit import running
from assay.testkit.builders import contract_text


async def test_versions_of_the_registry_are_on_the_page(tmp_path: Path) -> None:
    older = contract_text("orders")
    newer = contract_text("orders", "1.1.0").replace(
        b"{name: amount, logicalType: integer}", b"{name: amount, logicalType: integer, description: In cents.}"
    )
    async with running("registry", data=tmp_path, store=f"sqlite:///{tmp_path}/registry.db") as registry:
        async with grpc.aio.insecure_channel(registry.address) as channel:
            for text in (older, newer):
                await RegistryServiceStub(channel).PublishContract(PublishContractRequest(text=text), timeout=30)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "assay.cli", "contract", "docs", "--registry", registry.address, "--output", str(tmp_path / "site"),
        )  # fmt: skip
        async with asyncio.timeout(60):
            assert await process.wait() == 0

    page = (tmp_path / "site/orders.html").read_text()
    assert "1.0.0 to 1.1.0" in page
    assert "In cents." in page
