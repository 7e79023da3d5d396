"""The workflow of the example: a real repository, a real registry and a real broker, from a break to its merge."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import grpc

from assay.api.registry.v1 import registry_pb2 as pb
from assay.api.registry.v1.registry_pb2_grpc import RegistryServiceStub
from assay.streaming import kafka
from assay.testkit import Broker, Service, running
from tests.integration.examples.workflow import Forge, run_job

Names = Callable[[str], str]

EXAMPLE = Path(__file__).parents[3] / "examples/contracts-repository"
WORKFLOW = EXAMPLE / ".github/workflows/contracts.yml"
CONTEXT = {
    "vars.ASSAY": "assay-cli",
    "github.token": "none",
    "github.repository": "shop/contracts",
    "github.event.pull_request.number": "1",
}


class Repository:
    """A clone of the example whose servers are the ones of the test."""

    def __init__(self, folder: Path, contract: str, registry: str, broker: str) -> None:
        self.folder = folder
        self.file = folder / "contracts/shipments.odcs.yaml"
        shutil.copytree(EXAMPLE, folder)
        self.edit(
            ("id: shipments", f"id: {contract}"),
            ("kafka.dev.example.org:9092", broker), ("registry.dev.example.org:7010", registry),
            ("kafka.example.org:9092", broker), ("registry.example.org:7010", registry),
        )  # fmt: skip
        self.git("init", "-q", "-b", "main")
        self.commit("ines")

    def edit(self, *edits: tuple[str, str]) -> None:
        text = self.file.read_text()
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new)
        self.file.write_text(text)

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=ines", "-c", "user.email=ines@example.org", *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, author: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change", "--author", f"{author} <{author}@example.org>")
        return self.git("rev-parse", "HEAD")

    def assay(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "assay.cli", *arguments], cwd=self.folder, check=True, capture_output=True
        )

    def as_merged(self, branch: str) -> None:
        """Check out what a pull request is checked as: the merge of the branch into main."""
        self.git("checkout", "-q", "--detach", "main")
        self.git("merge", "-q", "--no-ff", "-m", "merge", branch)


def approved(account: str, commit: str) -> str:
    return json.dumps([{"user": {"login": account}, "state": "APPROVED", "commit_id": commit}])


async def versions(registry: Service, contract: str) -> tuple[str, int]:
    async with grpc.aio.insecure_channel(registry.address) as channel:
        answer = await RegistryServiceStub(channel).GetContract(pb.GetContractRequest(contract=contract), timeout=10)
        return answer.found.version, answer.found.id


async def test_a_break_is_refused_then_approved_then_merged_then_applied(
    broker: Broker, unique: Names, tmp_path: Path
) -> None:
    contract = unique("shipments")
    store = f"sqlite:///{tmp_path}/registry.db"
    async with running("registry", data=tmp_path, store=store) as registry:
        repository = Repository(tmp_path / "contracts", contract, registry.address, broker.bootstrap)
        forge = Forge(tmp_path / "forge", CONTEXT)
        forge.reviewed("[]")

        first = await run_job(WORKFLOW, "dev", repository.folder, forge)
        assert (first.failed, await versions(registry, contract)) == ("", ("1.0.0", 1))
        async with kafka.admin(broker.bootstrap) as admin:
            assert f"{contract}.validated" in await admin.list_topics()

        repository.git("checkout", "-q", "-b", "break")
        repository.edit(("value: COURIER}", "value: COURIER}, {value: DRONE}"), ("version: 1.0.0", "version: 1.1.0"))
        repository.commit("ines")
        repository.as_merged("break")
        refused = await run_job(WORKFLOW, "check", repository.folder, forge)
        assert refused.failed == "Check"
        assert "write 2.0.0" in forge.comment
        assert "tracking has not approved" in forge.comment
        assert '"carrier": "DRONE"' in forge.comment
        assert "billing has not approved" not in forge.comment

        repository.git("checkout", "-q", "break")
        repository.edit(("version: 1.1.0", "version: 2.0.0"))
        file = str(repository.file.relative_to(repository.folder))
        repository.assay(
            "contract", "approve", file, "--as", "tracking", "--reason", "drones are shown", "--against", "git:main"
        )
        head = repository.commit("omar")
        repository.as_merged("break")
        unseen = await run_job(WORKFLOW, "check", repository.folder, forge)
        assert unseen.failed == "Check"
        assert "no approving review" in forge.comment

        forge.reviewed(approved("omar", head))
        seen = await run_job(WORKFLOW, "check", repository.folder, forge)
        assert seen.failed == "", seen.said
        assert "VERIFIED" in forge.comment

        repository.git("checkout", "-q", "main")
        repository.git("merge", "-q", "--no-ff", "-m", "merge", "break")
        merged = [await run_job(WORKFLOW, job, repository.folder, forge) for job in ("dev", "prod")]
        assert [each.failed for each in merged] == ["", ""], merged
        assert await versions(registry, contract) == ("2.0.0", 2)

        again = await run_job(WORKFLOW, "prod", repository.folder, forge)
        assert "no call: all is as the files say" in again.said
        assert await versions(registry, contract) == ("2.0.0", 2)


async def test_an_edit_after_the_approval_voids_it(broker: Broker, unique: Names, tmp_path: Path) -> None:
    contract = unique("shipments")
    repository = Repository(tmp_path / "contracts", contract, "127.0.0.1:1", broker.bootstrap)
    forge = Forge(tmp_path / "forge", CONTEXT)
    repository.git("checkout", "-q", "-b", "weaker")
    repository.edit(("latency, value: 15", "latency, value: 20"), ("version: 1.0.0", "version: 1.1.0"))
    file = str(repository.file.relative_to(repository.folder))
    for consumer in ("tracking", "billing"):
        repository.assay("contract", "approve", file, "--as", consumer, "--reason", "ok", "--against", "git:main")
    head = repository.commit("omar")
    forge.reviewed(json.dumps([*json.loads(approved("omar", head)), *json.loads(approved("lena", head))]))
    repository.as_merged("weaker")
    assert (await run_job(WORKFLOW, "check", repository.folder, forge)).failed == ""

    repository.git("checkout", "-q", "weaker")
    repository.edit(("latency, value: 20", "latency, value: 60"))
    repository.commit("ines")
    repository.as_merged("weaker")

    assert (await run_job(WORKFLOW, "check", repository.folder, forge)).failed == "Check"
    assert "does not cover slaProperties/latency/value as it is now" in forge.comment.replace("\\", "")
