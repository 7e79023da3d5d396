"""References are kept once, found by version, and refused in words."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from assay.drift.errors import ModelUnknownError, ReferenceUnfitError
from assay.drift.models import WatchedModel
from assay.drift.references import LEARNT, TABLES, Reference, References, book
from assay.drift.references.reference import Paper, read
from assay.monitoring.performance import count_regression
from assay.monitoring.profiles import Labels, Numbers
from assay.runtime.database import Database
from tests.unit.drift.watched import counts_of, paper_of, profile_text, table_of, watched

MODELS = {"churn": watched()}
PROFILE, OTHER = profile_text(), profile_text(table_of(seed=8))
COUNTS = paper_of(counts_of())


class Ticking:
    """A clock that goes on by a second whenever it is asked."""

    def __init__(self) -> None:
        self._now_ms = 0

    def now_ms(self) -> int:
        self._now_ms += 1000
        return self._now_ms


def known() -> Mapping[str, WatchedModel]:
    return MODELS


@asynccontextmanager
async def kept(folder: Path) -> AsyncIterator[Database]:
    async with Database(f"sqlite:///{folder / 'drift.db'}", "STORE", TABLES) as database:
        yield database


async def test_what_is_set_is_found_and_what_is_not_is_not(tmp_path: Path) -> None:
    async with kept(tmp_path) as database:
        references = References(database, known, Ticking())
        reference = await references.set("churn", "7", PROFILE, COUNTS)

        assert references.of("churn", "7") == references.by_id(reference.id) == reference
        assert (reference.profile.names, reference.performance) == (("tenure", "plan"), (counts_of(),))
        assert references.of("churn", "8") is None
        assert references.by_id("none") is None


async def test_a_version_without_a_reference_has_that_of_all_versions(tmp_path: Path) -> None:
    async with kept(tmp_path) as database:
        references = References(database, known, Ticking())
        of_all = await references.set("churn", "", PROFILE, b"")
        of_7 = await references.set("churn", "7", OTHER, b"")

        assert [references.of("churn", version) for version in ("6", "7", "8")] == [of_all, of_7, of_all]
        assert list(references.all()) == [of_all, of_7]


async def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    async with kept(tmp_path) as database:
        references = References(database, known, Ticking())
        first = await references.set("churn", "7", PROFILE, COUNTS)

        again = await references.set("churn", "7", PROFILE, COUNTS)

        assert (again.id, again.since_ms) == (first.id, first.since_ms)


async def test_what_was_set_is_not_read_again_and_whether_there_is_one_needs_no_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept(tmp_path) as database:
        here, there = (References(database, known, Ticking()) for _ in range(2))
        reads = 0

        def counting(paper: Paper) -> Reference:
            nonlocal reads
            reads += 1
            return read(paper)

        monkeypatch.setattr(book, "read", counting)
        first = await here.set("churn", "7", PROFILE, COUNTS)
        assert (here.of("churn", "7"), reads) == (first, 1)

        await there.refresh()
        assert (there.has("churn", "7"), there.has("churn", "8"), reads) == (True, False, 1)
        again = await there.set("churn", "7", PROFILE, COUNTS)
        assert (again.since_ms, there.by_id(first.id)) == (first.since_ms, again)
        assert reads == 2


async def test_one_that_was_in_force_before_can_be_so_again(tmp_path: Path) -> None:
    async with kept(tmp_path) as database:
        references = References(database, known, Ticking())
        first = await references.set("churn", "7", PROFILE, b"")
        second = await references.set("churn", "7", OTHER, b"")
        assert references.of("churn", "7") == second

        back = await references.set("churn", "7", PROFILE, b"")

        assert (back.id, back.since_ms > second.since_ms) == (first.id, True)
        assert references.of("churn", "7") == back
        assert references.by_id(second.id) == second


async def test_another_process_knows_after_its_next_refresh(tmp_path: Path) -> None:
    async with kept(tmp_path) as one, kept(tmp_path) as other:
        here, there = References(one, known, Ticking()), References(other, known, Ticking())
        await there.refresh()
        first = await here.set("churn", "7", PROFILE, COUNTS)
        assert there.of("churn", "7") is None

        await there.refresh()
        assert (found := there.of("churn", "7")) is not None
        assert (found.id, found.performance) == (first.id, first.performance)

        second = await there.set("churn", "7", OTHER, b"")
        await here.refresh()
        assert (found := here.of("churn", "7")) is not None
        assert found.id == second.id


async def test_what_is_learnt_gives_way_to_what_was_set(tmp_path: Path) -> None:
    async with kept(tmp_path) as one, kept(tmp_path) as other:
        here, there = References(one, known, Ticking()), References(other, known, Ticking())
        first = await here.set("churn", "7", PROFILE, b"")

        found = await there.set("churn", "7", OTHER, b"", LEARNT)

        assert found.id == first.id
        assert (found.source, [each.id for each in there.all()]) == ("set", [first.id])


async def test_a_profile_may_hold_its_labelled_counts_itself(tmp_path: Path) -> None:
    whole = json.loads(PROFILE) | {"performance": json.loads(COUNTS)}
    async with kept(tmp_path) as database:
        references = References(database, known, Ticking())

        reference = await references.set("churn", "7", json.dumps(whole).encode(), b"")

        assert reference.performance == (counts_of(),)


async def test_predictions_may_be_profiled_beside_features(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    score = Numbers(draw.uniform(0, 1, 400), np.ones(400, dtype=np.bool_))
    said = Labels(draw.integers(0, 2, 400), ("0", "1"))
    table = {**table_of(), "prediction.score": score, "prediction.label": said}
    async with kept(tmp_path) as database:
        references = References(database, known, Ticking())

        reference = await references.set("churn", "", profile_text(table), b"")

        assert reference.profile.names == ("tenure", "plan", "prediction.score", "prediction.label")


@pytest.mark.parametrize(
    ("profile", "performance", "why"),
    [
        (b"", b"", "no profile: no JSON"),
        (b"\xff\xfe", b"", "no profile: no JSON"),
        (b"{}", b"", "no profile: `assay drift profile` writes one"),
        (b'{"assay_profile": 9}', b"", "a profile of version 9"),
        (
            profile_text({**table_of(), "age": table_of()["tenure"]}),
            b"",
            "the profile has 'age', and the model no such feature; leave it out with --ignore age",
        ),
        (profile_text({"plan": table_of()["tenure"]}), b"", "has 'plan' as numbers, and the contract as words"),
        (profile_text({"tenure": table_of()["plan"]}), b"", "has 'tenure' as words, and the contract as numbers"),
        (PROFILE, b"[]", "no labelled counts"),
        (PROFILE, b'{"assay_performance": 1, "kind": "odd", "windows": []}', "labelled counts have a kind"),
        (
            PROFILE,
            paper_of(count_regression(np.array([1.0]))),
            "its labels are those of a regression model, and the contract says binary",
        ),
    ],
)
async def test_what_fits_no_model_is_refused_in_words(
    tmp_path: Path, profile: bytes, performance: bytes, why: str
) -> None:
    async with kept(tmp_path) as database:
        references = References(database, known, Ticking())

        with pytest.raises(ReferenceUnfitError) as caught:
            await references.set("churn", "7", profile, performance)

        assert why in str(caught.value)
        assert list(references.all()) == []


async def test_a_profile_that_lacks_numbers_is_refused_before_a_window_is_held_to_it(tmp_path: Path) -> None:
    broken = json.loads(profile_text(table_of(rows=2000)))
    for level in broken["dispersion"]:
        level["mean"] = level["mean"][:-1]
    async with kept(tmp_path) as database:
        with pytest.raises(ReferenceUnfitError, match="no window can be held to it"):
            await References(database, known, Ticking()).set("churn", "7", json.dumps(broken).encode(), b"")


async def test_nobody_sets_the_reference_of_a_model_that_no_contract_has(tmp_path: Path) -> None:
    async with kept(tmp_path) as database:
        with pytest.raises(ModelUnknownError):
            await References(database, known, Ticking()).set("fraud", "", PROFILE, b"")


async def test_a_large_profile_is_kept_small(tmp_path: Path) -> None:
    async with kept(tmp_path) as database:
        large = profile_text(table_of(rows=60_000))
        await References(database, known, Ticking()).set("churn", "", large, b"")

        read = await database.run(
            lambda connection: connection.exec_driver_sql('SELECT profile FROM "references"').scalar()
        )

        assert read is not None
        assert len(read) < len(large) / 2
