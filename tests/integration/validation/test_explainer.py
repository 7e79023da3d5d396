"""The second tier in real processes: a record that hangs or kills its judge harms no other."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from assay.contracts import Contract, Judge, load
from assay.contracts.judge import Judged
from assay.runtime import StartError
from assay.validation.explainer import Explainer

WAIT_S = 60.0
PLANES = Path(__file__).parents[3] / "examples/flights/contracts/planes.odcs.yaml"

TROUBLED = """
import os, re, signal, sys
from assay.contracts import Judge, load
from assay.validation import worker

class Troubled:
    def __init__(self, text, form):
        self._judge = Judge(load(text), form)

    def explain(self, value, arrived_ms=None):
        if value == b"hang":
            re.fullmatch("(a+)+", "a" * 64 + "b")
        if value == b"die":
            os.kill(os.getpid(), signal.SIGSEGV)
        if value == b"eat":
            bytearray(2**33)
        return self._judge.explain(value, arrived_ms)

worker.main(float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), Troubled)
"""


@pytest.fixture
def planes() -> Contract:
    return load(PLANES.read_bytes())


@pytest.fixture
def troubled(tmp_path: Path) -> tuple[str, ...]:
    script = tmp_path / "troubled.py"
    script.write_text(TROUBLED)
    return (sys.executable, str(script))


def reasons(judged: list[Judged]) -> list[str]:
    return [str(each.verdict.reason) for each in judged]


async def test_explained_as_the_judge_explains_here(planes: Contract) -> None:
    values = [b"{", b"{}", None, b'{"tailnum": 1}', b"\xff"]
    async with asyncio.timeout(WAIT_S), Explainer() as explainer:
        judged = await explainer.explain(planes, "json", values, [1, 2, 3, 4, 5])
    judge = Judge(planes, "json")
    assert judged == [judge.explain(value, arrived) for value, arrived in zip(values, [1, 2, 3, 4, 5], strict=True)]


async def test_nothing_to_explain_is_nothing(planes: Contract) -> None:
    async with asyncio.timeout(WAIT_S), Explainer() as explainer:
        assert await explainer.explain(planes, "json", []) == []


@pytest.mark.parametrize(
    ("culprit", "found"),
    [(b"hang", "no verdict in time"), (b"die", "a process that died"), (b"eat", "a process that died")],
)
async def test_culprit_alone_has_no_verdict(
    planes: Contract, troubled: tuple[str, ...], culprit: bytes, found: str
) -> None:
    async with asyncio.timeout(WAIT_S), Explainer(command=troubled) as explainer:
        judged = await explainer.explain(planes, "json", [b"{", culprit, b"{", culprit, b"{}"])
    assert reasons(judged) == ["malformed", "engine", "malformed", "engine", "envelope"]
    (violation,) = judged[1].verdict.violations
    assert (violation.rule, violation.expected, violation.found) == ("engine", "a verdict within 1 s", found)


async def test_stalled_contract_leaves_room_for_another(planes: Contract, troubled: tuple[str, ...]) -> None:
    other = load(planes.text.replace(b"id: planes", b"id: aircraft"))
    async with (
        asyncio.timeout(WAIT_S),
        Explainer(budget_s=20, command=troubled) as explainer,
        asyncio.TaskGroup() as group,
    ):
        stalled = [group.create_task(explainer.explain(planes, "json", [b"hang"])) for _ in range(3)]
        assert reasons(await explainer.explain(other, "json", [b"{"])) == ["malformed"]
        assert not any(task.done() for task in stalled)
        for task in stalled:
            task.cancel()


async def test_worker_killed_in_the_middle_loses_nothing(planes: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_FAILPOINTS", "explain:3")
    async with asyncio.timeout(WAIT_S), Explainer() as explainer:
        judged = await explainer.explain(planes, "json", [b"{"] * 4 + [b"{}"])
    assert reasons(judged) == ["malformed"] * 4 + ["envelope"]


async def test_worker_frozen_in_the_middle_loses_nothing(planes: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_FAILPOINTS", "explain:3=freeze")
    async with asyncio.timeout(WAIT_S), Explainer() as explainer:
        judged = await explainer.explain(planes, "json", [b"{"] * 4 + [b"{}"])
    assert reasons(judged) == ["malformed"] * 4 + ["envelope"]


async def test_idle_process_ends_and_the_next_record_has_a_new_one(planes: Contract) -> None:
    async with asyncio.timeout(WAIT_S), Explainer(idle_s=0.01) as explainer:
        (process,) = explainer._free
        assert await process.wait() == 0
        assert reasons(await explainer.explain(planes, "json", [b"{"])) == ["malformed"]


async def test_process_that_ends_by_signal_of_its_group_is_none(planes: Contract) -> None:
    async with asyncio.timeout(WAIT_S), Explainer() as explainer:
        (process,) = explainer._free
        for name in (signal.SIGTERM, signal.SIGINT):
            process.send_signal(name)
        assert reasons(await explainer.explain(planes, "json", [b"{"])) == ["malformed"]
        assert explainer._free == [process]


async def test_processes_end_with_the_explainer(planes: Contract) -> None:
    async with asyncio.timeout(WAIT_S):
        async with Explainer() as explainer:
            (process,) = explainer._free
        assert process.returncode == -signal.SIGKILL


async def test_process_that_hangs_ends_by_itself_when_nobody_waits(troubled: tuple[str, ...], planes: Contract) -> None:
    command = (*troubled, "60", "0.1", str(2**31))
    process = await asyncio.create_subprocess_exec(*command, stdin=-1, stdout=-1)
    explainer = Explainer()
    async with asyncio.timeout(WAIT_S):
        await explainer._answer(process, WAIT_S, was_built=False)
        explainer._all.add(process)
        with pytest.raises(Exception, match="a process that died"):
            await explainer._ask_of(process, planes, "json", [(b"hang", None)], [], one_by_one=False)
        assert await process.wait() == -signal.SIGALRM
        await explainer._end(process)


async def test_no_process_is_said_at_the_start() -> None:
    with pytest.raises(StartError, match="a process of its own"):
        async with asyncio.timeout(WAIT_S), Explainer(command=("/nowhere/python",)):
            pass
    with pytest.raises(StartError, match="a process that died"):
        async with asyncio.timeout(WAIT_S), Explainer(command=(sys.executable, "-c", "raise SystemExit(3)")):
            pass
