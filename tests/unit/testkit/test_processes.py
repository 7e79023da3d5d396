"""A child process: waited for, stopped, killed, paused, and its last words kept."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assay.testkit import Child, ChildDiedError, NotReadyError, eventually

OBEDIENT = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
PARENT = """
import asyncio, sys
from pathlib import Path
from assay.testkit import Child
child = Child("child", [sys.executable, "-c", "import time; time.sleep(60)"], log=Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
sys.stdin.read()
"""


def python(folder: Path, code: str, **options: float) -> Child:
    return Child("child", [sys.executable, "-c", code], log=folder / "child.log", **options)  # type: ignore[arg-type]  # only grace_s is given


async def is_up(child: Child) -> bool:
    return "up" in child.tail()


async def test_child_that_stops_when_asked_ends_by_sigterm(tmp_path: Path) -> None:
    async with python(tmp_path, OBEDIENT) as child:
        await child.ready_when(lambda: is_up(child), 20)
        assert await child.stop() == -signal.SIGTERM


async def test_child_that_ignores_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    async with python(tmp_path, STUBBORN, grace_s=0.2) as child:
        await child.ready_when(lambda: is_up(child), 20)
        assert await child.stop() == -signal.SIGKILL


async def test_child_that_dies_early_raises_with_its_last_words(tmp_path: Path) -> None:
    child = python(tmp_path, "raise SystemExit('port 7010 is in use')")
    child.start()
    with pytest.raises(ChildDiedError, match="port 7010 is in use") as caught:
        await child.ready_when(lambda: is_up(child), 20)
    assert (caught.value.name, caught.value.code) == ("child", 1)


async def test_child_that_never_gets_ready_raises_with_its_last_words(tmp_path: Path) -> None:
    async with python(tmp_path, OBEDIENT) as child:
        await child.ready_when(lambda: is_up(child), 20)
        with pytest.raises(NotReadyError, match="up"):
            await child.ready_when(never, 0.1)


async def test_unasked_end_fails_the_block(tmp_path: Path) -> None:
    with pytest.raises(ChildDiedError, match="exit code 3"):
        async with python(tmp_path, "raise SystemExit(3)") as child:
            await eventually(lambda: has_ended(child))


async def test_kill_that_was_asked_for_does_not_fail_the_block(tmp_path: Path) -> None:
    async with python(tmp_path, OBEDIENT) as child:
        assert await child.kill() == -signal.SIGKILL


async def test_program_that_is_not_there_says_so(tmp_path: Path) -> None:
    child = Child("ghost", ["no-such-program"], log=tmp_path / "ghost.log")
    child.start()
    with pytest.raises(ChildDiedError, match="no-such-program: No such file"):
        await child.ready_when(never, 20)


async def test_tail_is_of_the_newest_start_and_the_log_of_all(tmp_path: Path) -> None:
    child = python(tmp_path, "import os; print('start', os.environ['TURN'])")
    for turn in ("1", "2"):
        child.start({"TURN": turn})
        await child.ended()
    assert child.tail() == "start 2"
    assert child.log.read_text() == "start 1\nstart 2\n"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the state of a process on Linux")
async def test_paused_child_is_frozen_until_resumed(tmp_path: Path) -> None:
    async with python(tmp_path, OBEDIENT) as child:
        child.pause()
        assert await eventually(lambda: has_state(child, "T"))
        child.resume()
        assert await eventually(lambda: has_state(child, "RS"))


@pytest.mark.skipif(sys.platform != "linux", reason="the tie to the parent is Linux's")
async def test_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "child.log")]
    parent = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.kill()
    await parent.communicate()
    assert await eventually(lambda: is_gone(pid))


async def never() -> bool:
    return False


async def has_ended(child: Child) -> bool:
    return not child.is_running


async def has_state(child: Child, states: str) -> bool:
    return state(child.pid) in states


async def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return state(pid) == "Z"


def state(pid: int) -> str:
    """One letter: R runs, S sleeps, T is stopped, Z is dead but not yet buried."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
