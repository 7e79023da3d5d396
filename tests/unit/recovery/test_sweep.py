"""No dead letter is left out by a sweep, whatever rules come and go while others fail."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.recovery.sweep import Sweep

STEPS = st.lists(st.tuples(st.sampled_from(["rules", "live", "sweep", "crash"]), st.integers(0, 9)), max_size=60)


@given(st.text(max_size=40))
def test_any_note_can_be_read(note: str) -> None:
    found = Sweep.parse(note)
    assert Sweep.parse(found.note) == found


@given(STEPS)
def test_what_is_below_the_position_was_looked_at_by_the_rules_it_names_but_for_what_is_left(
    steps: list[tuple[str, int]],
) -> None:
    digest, position = "d0", 0
    seen: dict[int, str] = {}
    sweep = Sweep(digest, 0, 0)
    kept = (sweep.note, position, dict(seen))
    for kind, number in steps:
        if kind == "rules":
            digest = f"d{number}"
        elif kind == "crash":
            note, position, seen = kept[0], kept[1], dict(kept[2])
            sweep = Sweep.parse(note)
        sweep = sweep.under(digest, position)
        if kind == "live":
            seen |= dict.fromkeys(range(position, position + number), digest)
            position += number
        elif kind == "sweep":
            to = min(sweep.end, sweep.at + number)
            seen |= dict.fromkeys(range(sweep.at, to), digest)
            sweep = sweep.moved(to)
        if kind in ("live", "sweep"):
            kept = (sweep.note, position, dict(seen))
        looked_at = {offset for offset in range(position) if seen.get(offset) == sweep.digest}
        assert looked_at | set(range(sweep.at, sweep.end)) == set(range(position))
