"""Every failure has exactly one status, and it is the true one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.recovery.status import FailureStatus, Standing, status_of

COUNT = st.integers(0, 5)
NEW, KNOWN, RECOVERING = FailureStatus.NEW, FailureStatus.KNOWN, FailureStatus.RECOVERING
RECOVERED, QUARANTINED, DISCARDED = FailureStatus.RECOVERED, FailureStatus.QUARANTINED, FailureStatus.DISCARDED


@pytest.mark.parametrize(
    ("standing", "is_selected", "is_known", "status"),
    [
        (Standing(5), False, False, NEW),
        (Standing(5), False, True, KNOWN),
        (Standing(5), True, False, RECOVERING),
        (Standing(5, replayed=5), False, False, RECOVERING),
        (Standing(5, replayed=3, judged=3), False, False, NEW),
        (Standing(5, replayed=3, judged=3), False, True, KNOWN),
        (Standing(5, replayed=5, judged=5), False, False, RECOVERED),
        (Standing(5, replayed=5, judged=5), True, True, RECOVERING),
        (Standing(5, replayed=4, judged=4, returned=3, quarantined=1), False, True, RECOVERED),
        (Standing(5, replayed=4, judged=4, returned=4, quarantined=1), False, True, QUARANTINED),
        (Standing(5, discarded=4, quarantined=1), False, False, QUARANTINED),
        (Standing(5, discarded=5), False, False, DISCARDED),
        (Standing(5, replayed=5, judged=5, returned=5), False, True, KNOWN),
        (Standing(5, replayed=4, judged=4, returned=4, discarded=1), False, True, DISCARDED),
        (Standing(5, replayed=3, judged=2, discarded=2), False, False, RECOVERING),
    ],
)
def test_a_status_says_where_the_dead_letters_stand(
    standing: Standing, *, is_selected: bool, is_known: bool, status: FailureStatus
) -> None:
    assert status_of(standing, is_selected=is_selected, is_known=is_known) is status


@given(st.builds(Standing, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT), st.booleans(), st.booleans())
def test_every_combination_has_the_one_status_that_its_counts_allow(
    standing: Standing, is_selected: bool, is_known: bool
) -> None:
    is_moving = is_selected or standing.awaiting > 0
    is_at_rest = not (is_moving or standing.open or standing.passed or standing.quarantined)
    is_elsewhere = is_at_rest and standing.returned > 0 and not standing.discarded
    claims = {
        RECOVERING: is_moving,
        KNOWN: (not is_moving and standing.open > 0 and is_known) or is_elsewhere,
        NEW: not is_moving and standing.open > 0 and not is_known,
        RECOVERED: not is_moving and not standing.open and standing.passed > 0,
        QUARANTINED: not (is_moving or standing.open or standing.passed) and standing.quarantined > 0,
        DISCARDED: is_at_rest and not is_elsewhere,
    }
    status = status_of(standing, is_selected=is_selected, is_known=is_known)
    assert [each for each, holds in claims.items() if holds] == [status]


@given(st.builds(Standing, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT))
def test_no_count_is_below_nothing_or_above_what_was_replayed(standing: Standing) -> None:
    assert 0 <= standing.open <= standing.dead_letters
    assert 0 <= standing.passed <= standing.replayed
    assert 0 <= standing.awaiting <= standing.replayed
