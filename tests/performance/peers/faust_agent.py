# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["faust-streaming==0.15.3", "aiokafka==0.14.0", "jsonschema[format]==4.26.0"]
# ///
"""A plain Faust agent that validates with pure-Python jsonschema, formats checked, and routes record by record."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import faust
from jsonschema import Draft202012Validator

broker, source, valid, invalid, schema, group = sys.argv[1:]
app = faust.App(
    group,
    broker=f"kafka://{broker}",
    store="memory://",
    datadir=tempfile.mkdtemp(prefix="bench-faust-"),
    consumer_auto_offset_reset="earliest",
    topic_allow_declare=False,
    topic_disable_leader=True,
    web_enabled=False,
    producer_acks=-1,
)
records = app.topic(source, value_type=bytes, value_serializer="raw", key_type=bytes, key_serializer="raw")
good = app.topic(valid, value_serializer="raw", key_serializer="raw")
bad = app.topic(invalid, value_serializer="raw", key_serializer="raw")
judge = Draft202012Validator(
    json.loads(Path(schema).read_text()), format_checker=Draft202012Validator.FORMAT_CHECKER
)  # fmt: skip


def is_valid(value: bytes) -> bool:
    """Structure by the schema, then the one rule of the contract."""
    try:
        record = json.loads(value)
    except ValueError:
        return False
    return judge.is_valid(record) and record["discount"] <= record["total"]


@app.agent(records)
async def route(stream: faust.Stream[bytes]) -> None:
    """Send each record on."""
    async for event in stream.events():
        target = good if is_valid(event.value) else bad
        found = event.message
        place = f"{found.topic}/{found.partition}/{found.offset}".encode()
        headers = [*event.headers.items(), ("assay-contract", b"bench@1.0.0"), ("assay-source", place)]
        await target.send(key=event.key, value=event.value, partition=found.partition, headers=headers)


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "--loglevel", "warn", "--without-web"]
    app.main()
