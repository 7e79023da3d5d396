"""What a person asks for is done once, to what was selected, as fast as it may; paused, cancelled, killed or repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from assay.api.recovery.v1 import run_pb2 as pb
from assay.recovery.settlement import Outcome
from assay.testkit import Broker, eventually
from tests.integration.recovery.stage import ACTOR, WHY, Became, Stage, dead, flows, stage

LETTERS = 150


async def _letters(here: Stage, first: int = 0, count: int = LETTERS, *, hopeless: int = 0) -> list[str]:
    amounts = [str(number) for number in range(first, first + count - hopeless)] + ["many"] * hopeless
    return await here.die([dead(here.contract, first + number, amount) for number, amount in enumerate(amounts)])


def _by_run(became: Became) -> Counter[str]:
    return Counter(found[0].run.split(" ")[0] for found in became.settlements.values())


async def test_a_run_recovers_by_a_flow_on_request_and_explains_what_it_leaves(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    recovery = flows(run="on-request")
    async with stage(durable_broker, unique("asked"), tmp_path, recovery) as here, here.recovery():
        places = await _letters(here, hopeless=30)
        await here.ask("r1", pb.RUN_KIND_RECOVER)
        passed = await here.passed("r1")
        became = await here.settled(LETTERS - 30)
        assert became.is_exact
        assert became.of(Outcome.REPLAYED) == set(places[:-30])
        assert {(one.run, one.actor, one.why) for (one,) in became.settlements.values()} == {
            (here.id_of("r1"), ACTOR, WHY)
        }
        assert sum(each.left for each in passed) == 30
        assert all("amount" in each.explanations[0].text for each in passed)


async def test_two_operators_with_the_same_selection_settle_each_dead_letter_once(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("two"), tmp_path) as here:
        await _letters(here)
        for run_id in ("ana", "bob"):
            await here.ask(run_id, pb.RUN_KIND_REPLAY, force=True)
        async with here.recovery("first"), here.recovery("second", store=str(tmp_path / "second.db")):
            for run_id in ("ana", "bob"):
                assert sum(each.left for each in await here.passed(run_id)) == 0
            became = await here.settled(LETTERS)
        assert became.is_exact
        assert _by_run(became).total() == LETTERS


async def test_a_replay_as_it_was_goes_only_where_the_contract_takes_it(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("mended"), tmp_path) as here, here.recovery():
        fine = await here.die([dead(here.contract, number, number) for number in range(30)])
        await _letters(here, 30, 30)
        await here.ask("r1", pb.RUN_KIND_REPLAY)
        assert sum(each.left for each in await here.passed("r1")) == 30
        became = await here.settled(len(fine))
        assert became.is_exact
        assert became.of(Outcome.REPLAYED) == set(fine)


async def test_a_paused_run_holds_nobody_and_goes_on_when_it_is_resumed(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("paused"), tmp_path) as here:
        places = await _letters(here)
        await here.ask("held", pb.RUN_KIND_DISCARD)
        await here.change("held", pb.RUN_CHANGE_PAUSE)
        await here.ask("other", pb.RUN_KIND_REPLAY, force=True, places=places[:9])
        async with here.recovery():
            await here.passed("other")
            assert set((await here.settled(9)).settlements) == set(places[:9])
            await here.change("held", pb.RUN_CHANGE_RESUME)
            await here.passed("held")
            became = await here.settled(LETTERS)
        assert became.is_exact
        assert _by_run(became) == {"other": 9, "held": LETTERS - 9}


async def test_a_cancelled_run_ends_where_it_is(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("ended"), tmp_path) as here, here.recovery():
        await _letters(here)
        await here.ask("r1", pb.RUN_KIND_DISCARD, rate_per_s=3.0)
        await here.settled(3)
        await here.change("r1", pb.RUN_CHANGE_CANCEL)
        await here.passed("r1")
        ended = len((await here.became()).settlements)
        await here.ask("r2", pb.RUN_KIND_REPLAY, force=True)
        await here.passed("r2")
        became = await here.settled(LETTERS)
        assert became.is_exact
        assert _by_run(became) == {"r1": ended, "r2": LETTERS - ended}
        assert ended < LETTERS


async def test_a_slow_run_does_not_hold_back_repairs_of_what_comes(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("slow"), tmp_path, flows()) as here, here.recovery():
        await _letters(here, hopeless=LETTERS)
        await here.ask("slow", pb.RUN_KIND_DISCARD, rate_per_s=1.0)
        await here.settled(1)
        live = set(await _letters(here, LETTERS))

        async def are_repaired() -> Became | None:
            found = await here.became()
            return found if found.of(Outcome.REPLAYED) >= live else None

        became = await eventually(are_repaired, within_s=90)
        assert became is not None
        assert 0 < len(became.of(Outcome.DISCARDED)) < LETTERS


async def test_a_run_that_is_killed_and_loses_its_store_is_done_once(
    durable_broker: Broker, unique: Callable[[str], str], tmp_path: Path
) -> None:
    async with stage(durable_broker, unique("killed"), tmp_path) as here:
        await _letters(here, hopeless=LETTERS)
        await here.ask("r1", pb.RUN_KIND_DISCARD, rate_per_s=60.0)
        for name, until, store in (("one", LETTERS // 5, "a"), ("two", LETTERS // 2, "a"), ("three", LETTERS, "b")):
            async with here.recovery(name, store=str(tmp_path / store)) as recovery:
                became = await here.settled(until)
                if until < LETTERS:
                    await recovery.kill()
                else:
                    passed = await here.passed("r1")
        assert became.is_exact
        assert _by_run(became) == {"r1": LETTERS}
        assert sum(each.left for each in passed) == 0
