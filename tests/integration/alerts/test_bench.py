"""Panes are merged as a plain recount counts them: the counting part of `assay bench alerts`, in its processes."""

from __future__ import annotations

from pathlib import Path

from tests.performance.alerts import CONTENDERS, measured

CONTRACTS, PANES = 20, 6_000


async def test_no_window_of_what_was_measured_is_wrong(tmp_path: Path) -> None:
    found = await measured(CONTRACTS, PANES, 1, tmp_path, pace=10)

    assert found["wrong_windows"] == 0
    figures = found["figures"]
    assert isinstance(figures, dict)
    assert (figures["contracts"], figures["promises"], figures["panes"]) == (CONTRACTS, 10 * CONTRACTS, PANES)
    assert figures["windows"] > CONTRACTS
    assert figures["lag_windows"] == CONTRACTS
    assert figures["each"].keys() == {*CONTENDERS}
