"""One configure() for a process: structured logs on stderr, traces to an OTLP receiver where one is named."""

from __future__ import annotations

import logging
import os
import sys

import structlog
import structlog.tracebacks
from opentelemetry import trace
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from assay.telemetry.trace import current_traceparent, trace_id_of

__all__ = ["configure", "get_logger"]

OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
LOG_LEVEL = "ASSAY_LOG_LEVEL"
QUIET = ("aiokafka", "faust", "mode", "grpc", "asyncio")
TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # a frame holds records, and a log never does
)


def configure(service: str) -> None:
    """Set up logs and traces of this process; call once, before anything logs.

    Logs go to stderr: for people where it is a terminal, one JSON object a line elsewhere. `ASSAY_LOG_LEVEL` (default
    info) sets the level. Spans are made always and exported only where `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
    """
    _configure_logs(service)
    _configure_traces(service)


def get_logger() -> structlog.stdlib.BoundLogger:
    """Return the logger; an event is `noun.verb_in_past`, facts go in keys, never a payload."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger()
    return logger


def _configure_logs(service: str) -> None:
    level = logging.getLevelNamesMapping().get(os.environ.get(LOG_LEVEL, "info").upper(), logging.INFO)
    for_people = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _name_service(service),
        _name_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if for_people
        else [TRACEBACKS, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    _configure_libraries(shared, rendered)


def _configure_libraries(shared: list[structlog.typing.Processor], rendered: list[structlog.typing.Processor]) -> None:
    """Give the records of libraries the same shape as ours, from warning upwards."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), _name_library],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR if name == "asyncio" else logging.WARNING)


def _name_service(service: str) -> structlog.typing.Processor:
    """Every line has it, from whatever thread: a context variable would be seen by the first one alone."""

    def name(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = service
        return event

    return name


def _name_trace(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if trace_id := trace_id_of(current_traceparent()):
        event.setdefault("trace_id", trace_id)
    return event


def _name_library(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["library"] = record.name
    return event


def _configure_traces(service: str) -> None:
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: f"assay-{service}"}))
    if os.environ.get(OTLP_ENDPOINT):
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (
            OTLPSpanExporter,
        )  # slow to import, rarely used

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
