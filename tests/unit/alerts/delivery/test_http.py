from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assay.alerts.delivery.http import retry_after_s

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17.0),
        (" 0 ", 0.0),
        ("Thu, 26 Nov 2026 12:01:00 GMT", 60.0),
        ("Thu, 26 Nov 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("\u0661\u0667", None),
    ],
)
def test_wait_is_asked_for_in_seconds_or_by_a_date(header: str, seconds: float | None) -> None:
    assert retry_after_s(header, lambda: NOW) == seconds


@given(
    st.text() | st.from_regex(r"[A-Za-z]{0,3},? ?\d{0,4} [A-Za-z]{0,4} \d{0,9} \d{0,3}:\d{0,3}:\d{0,3} [-+A-Z0-9]{0,6}")
)
@example("Thu, 26 Nov 99999 12:01:00 GMT")
@example("Thu, 26 Nov 2026 12:01:00 +999999")
@example("9" * 400)
def test_no_header_does_harm(header: str) -> None:
    assert retry_after_s(header, lambda: NOW) is None or retry_after_s(header, lambda: NOW) >= 0  # type: ignore[operator]  # not None
