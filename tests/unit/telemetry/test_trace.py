"""Trace context crosses as W3C text and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace

from assay.telemetry.trace import (
    MAX_LINKS,
    context_of,
    current_traceparent,
    is_sampled,
    span,
    trace_id_of,
)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def test_the_trace_id_is_the_senders() -> None:
    assert trace_id_of(PARENT) == TRACE
    assert is_sampled(PARENT)
    assert is_sampled(PARENT[:-2] + "03")
    assert not is_sampled(PARENT[:-2] + "00")
    assert not is_sampled("")


@pytest.mark.parametrize(
    "text", ["", "00", PARENT + "-00", PARENT.replace("00-", "ff-", 1), f"00-{'0' * 32}-00f067aa0ba902b7-01", "a-b-c-d"]
)
def test_a_text_that_is_no_traceparent_starts_no_trace(text: str) -> None:
    assert trace_id_of(text) == ""
    assert not trace.get_current_span(context_of(text)).get_span_context().is_valid


@given(st.text(max_size=80))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert len(trace_id_of(text)) in (0, 32)


def test_outside_a_span_there_is_no_traceparent() -> None:
    assert current_traceparent() == ""


def test_a_span_continues_its_remote_parent() -> None:
    with span("validation/forward", parent=PARENT, links=[PARENT] * (MAX_LINKS + 5)):
        assert trace_id_of(current_traceparent()) == TRACE
