# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["quixstreams==3.28.1", "confluent-kafka<2.13", "jsonschema-rs==0.60.3", "orjson>=3.11"]
# ///
"""A streaming data frame of Quix Streams that validates with jsonschema-rs and splits into two topics."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema_rs
import orjson
from quixstreams import Application, message_context

broker, source, valid, invalid, schema, group = sys.argv[1:]
judge = jsonschema_rs.Draft202012Validator(json.loads(Path(schema).read_text()), validate_formats=True)


def is_valid(value: bytes) -> bool:
    """Structure by the schema, then the one rule of the contract."""
    try:
        record = orjson.loads(value)
    except orjson.JSONDecodeError:
        return False
    return judge.is_valid(record) and record["discount"] <= record["total"]


app = Application(
    broker_address=broker, consumer_group=group, auto_offset_reset="earliest", auto_create_topics=False,
    loglevel="WARNING", producer_extra_config={"acks": "all"},
)  # fmt: skip
records = app.topic(source, key_deserializer="bytes", value_deserializer="bytes")
good = app.topic(valid, key_serializer="bytes", value_serializer="bytes")
bad = app.topic(invalid, key_serializer="bytes", value_serializer="bytes")


def ours(_value: object, _key: object, _timestamp: int, headers: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The headers that came, the contract, and where the record stood."""
    at = message_context()
    place = f"{at.topic}/{at.partition}/{at.offset}".encode()
    return [*headers, ("assay-contract", b"bench@1.0.0"), ("assay-source", place)]


judged = app.dataframe(records).set_headers(ours).apply(lambda value: (is_valid(value), value))
judged.filter(lambda pair: pair[0]).apply(lambda pair: pair[1]).to_topic(good)
judged.filter(lambda pair: not pair[0]).apply(lambda pair: pair[1]).to_topic(bad)

if __name__ == "__main__":
    app.run()
