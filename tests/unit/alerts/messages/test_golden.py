from __future__ import annotations

import pytest

from assay.alerts.messages.saying import say
from tests.unit.alerts.messages.cases import CASES, FORMS, GOLDEN


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CASES)
def test_message_reads_as_agreed(name: str, form: str) -> None:
    """What differs on purpose is written by `python -m tests.unit.alerts.messages.cases`, and read in the diff."""
    subject, state = CASES[name]
    assert FORMS[form](say(subject, state)) + "\n" == (GOLDEN / f"{name}.{form}").read_text()


def test_no_golden_text_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(CASES)
