"""Groups of dead letters, as the recovery service knows them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from assay.api.recovery.v1 import recovery_pb2_grpc
from assay.api.recovery.v1.recovery_pb2 import Failure, ListFailuresRequest
from assay.cli.calls import CALL_S, calling
from assay.cli.plain import plain

__all__ = ["Failure", "as_json", "listed", "show"]


async def listed(recovery: str, contract: str = "") -> list[Failure]:
    """Answer the groups of one contract, or of all.

    Raises:
        CallError: the recovery service does not answer.
    """
    async with calling("recovery", recovery) as channel:
        stub = recovery_pb2_grpc.RecoveryServiceStub(channel)
        answer = await stub.ListFailures(ListFailuresRequest(contract=contract), timeout=CALL_S)
    return list(answer.failures)


def as_json(failures: Sequence[Failure]) -> str:
    """Answer the groups as one JSON object."""
    names = Failure.DESCRIPTOR.fields_by_name  # not protobuf's own JSON: it writes numbers of 64 bits as text
    return json.dumps({"failures": [{name: getattr(each, name) for name in names} for each in failures]})


def show(failures: Sequence[Failure]) -> None:
    """Print the groups as a table; where there are none, a line."""
    if not failures:
        Console().print("no dead letters")
        return
    title = f"{sum(each.dead_letters for each in failures):,} dead letters"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.collapse_padding = True
    for heading in ("contract", "reason", "path", "rule"):
        table.add_column(heading, overflow="fold")
    table.add_column("dead", justify="right", no_wrap=True)
    table.add_column("replayed", justify="right", no_wrap=True)
    table.add_column("why the others stay", overflow="fold")
    for each in failures:
        counts = (f"{each.dead_letters:,}", f"{each.replayed:,}")
        said = map(plain, (each.contract, each.reason, each.path, each.rule))
        table.add_row(*said, *counts, plain(each.explanation))
    Console().print(table)
