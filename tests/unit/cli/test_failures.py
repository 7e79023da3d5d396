from __future__ import annotations

import json

import pytest

from assay.cli.failures import Failure, as_json, show


def test_numbers_are_numbers_in_json() -> None:
    found = json.loads(as_json([Failure(contract="flights", reason="rule", dead_letters=119)]))

    assert found["failures"][0]["dead_letters"] == 119
    assert found["failures"][0]["replayed"] == 0


def test_no_dead_letters_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show([])

    assert capsys.readouterr().out == "no dead letters\n"
