"""Trace context as W3C `traceparent` text, the only form that crosses gRPC messages and Kafka headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, TraceFlags
from opentelemetry.util.types import AttributeValue

__all__ = [
    "MAX_LINKS",
    "context_of",
    "current_traceparent",
    "is_sampled",
    "is_traceparent",
    "note",
    "span",
    "trace_id_of",
]

MAX_LINKS = 16
VERSION = "00"
W3C = re.compile(rf"{VERSION}-([0-9a-f]{{32}})-([0-9a-f]{{16}})-([0-9a-f]{{2}})")
ODD = frozenset("13579bdf")


def current_traceparent() -> str:
    """Return the `traceparent` of the active span, empty where there is none."""
    return _format(trace.get_current_span().get_span_context())


def is_sampled(traceparent: str) -> bool:
    """Say whether the sender sampled this trace, by the flag alone: the lowest bit of the last digit."""
    return traceparent[-1:] in ODD


def is_traceparent(text: str) -> bool:
    """Say whether the text has the W3C form, version 00."""
    return W3C.fullmatch(text) is not None


def note(attributes: Mapping[str, AttributeValue]) -> None:
    """Set attributes of the active span; nothing where there is none."""
    trace.get_current_span().set_attributes(attributes)


def trace_id_of(traceparent: str) -> str:
    """Return the 32 hex digits of the trace id, empty where the text is no `traceparent`."""
    context = _parse(traceparent)
    return trace.format_trace_id(context.trace_id) if context else ""


def context_of(traceparent: str) -> Context:
    """Return a context whose current span is the remote one; an empty context where the text is no `traceparent`."""
    context = _parse(traceparent)
    return trace.set_span_in_context(NonRecordingSpan(context), Context()) if context else Context()


@contextmanager
def span(name: str, *, parent: str = "", links: Iterable[str] = (), **attributes: AttributeValue) -> Iterator[Span]:
    """Run a block inside a span `service/verb`.

    `parent` and `links` are `traceparent` texts; without a parent the active span is it. At most `MAX_LINKS` sampled
    links are kept.
    """
    linked = [Link(remote) for text in links if is_sampled(text) and (remote := _parse(text))][:MAX_LINKS]
    tracer = trace.get_tracer("assay")
    context = context_of(parent) if parent else None
    with tracer.start_as_current_span(name, context=context, links=linked, attributes=attributes) as current:
        yield current


def _format(context: SpanContext) -> str:
    if not context.is_valid:
        return ""
    flags = int(context.trace_flags)
    return f"{VERSION}-{trace.format_trace_id(context.trace_id)}-{trace.format_span_id(context.span_id)}-{flags:02x}"


def _parse(traceparent: str) -> SpanContext | None:
    """Read version 00 of the W3C form (Trace Context, section 3.2)."""
    found = W3C.fullmatch(traceparent)
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    context = SpanContext(trace_id, span_id, True, TraceFlags(flags))
    return context if context.is_valid else None
