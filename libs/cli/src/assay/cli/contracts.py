"""Contract files from disk to the registry and to topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.api.registry.v1 import registry_pb2, registry_pb2_grpc
from assay.cli.calls import CALL_S, calling
from assay.cli.errors import CommandError
from assay.contracts import Contract, ContractError, Finding, lint, load
from assay.streaming.topics import PLATFORM_TOPICS, apply_topics, specs_of

__all__ = ["SUFFIX", "Applied", "applied", "contract_files", "findings_of", "loaded"]

SUFFIX = ".odcs.yaml"


@dataclass(frozen=True, slots=True)
class Applied:
    """What `assay contract apply` did for one contract: its id in the registry, and what was not there before."""

    contract: str
    version: str
    id: int
    published: bool
    topics_created: tuple[str, ...]

    def facts(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {name: getattr(self, name) for name in ("contract", "version", "id", "published", "topics_created")}

    def in_words(self) -> str:
        """Return it as a line for each thing that was done."""
        topics = [f"topic {name}: created" for name in self.topics_created]
        did = "published" if self.published else "was published before"
        standing = topics or [f"topics of {self.contract}: as they should be"]
        return "\n".join([*standing, f"contract {self.contract} {self.version}: {did}"])


def contract_files(paths: Sequence[Path]) -> list[Path]:
    """The files as named, and the contract files in the folders named, sorted.

    Raises:
        CommandError: a folder has none.
    """
    files: list[Path] = []
    for path in paths:
        found = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not found:
            raise CommandError(f"{path}: no contract file (*{SUFFIX}) in this folder")
        files.extend(found)
    return files


def findings_of(file: Path) -> list[Finding]:
    """What is wrong with the file; nothing if it is fine."""
    return lint(file.read_bytes(), str(file))


def loaded(paths: Sequence[Path]) -> list[Contract]:
    """The contracts in the files.

    Raises:
        ContractError: there are findings, of all files together.
    """
    files = contract_files(paths)
    findings = [finding for file in files for finding in findings_of(file)]
    if findings:
        raise ContractError(findings)
    return [load(file.read_bytes(), str(file)) for file in files]


async def applied(contracts: Sequence[Contract], registry: str, broker: str) -> list[Applied]:
    """Create the topics of the contracts, publish the contracts, and answer what was done.

    Topics first: whoever hears of a contract finds its topics there.

    Raises:
        BrokerUnreachableError: no broker answers.
        TopicError: a topic is there with other settings than its contract asks for.
        CallError: the registry does not answer, or has the version with another text.
    """
    created = [await apply_topics(broker, (*PLATFORM_TOPICS, *specs_of(contract))) for contract in contracts]
    done: list[Applied] = []
    async with calling("registry", registry) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        for contract, topics in zip(contracts, created, strict=True):
            request = registry_pb2.PublishContractRequest(text=contract.text)
            answer = await stub.PublishContract(request, timeout=CALL_S)
            done.append(Applied(contract.id, contract.version, answer.published.id, answer.created, tuple(topics)))
    return done
