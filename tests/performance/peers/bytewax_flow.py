# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["bytewax[kafka]==0.21.1", "jsonschema-rs==0.60.3", "orjson>=3.11"]
# ///
"""A Bytewax flow from Kafka to Kafka that validates with jsonschema-rs and branches into two topics."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bytewax.operators as op
import jsonschema_rs
import orjson
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.testing import cluster_main

broker, source, valid, invalid, schema, _group = sys.argv[1:]
judge = jsonschema_rs.Draft202012Validator(json.loads(Path(schema).read_text()), validate_formats=True)


def is_valid(message: KafkaSourceMessage[bytes, bytes]) -> bool:
    """Structure by the schema, then the one rule of the contract."""
    try:
        record = orjson.loads(message.value)
    except orjson.JSONDecodeError:
        return False
    return judge.is_valid(record) and record["discount"] <= record["total"]


def onward(message: KafkaSourceMessage[bytes, bytes]) -> KafkaSinkMessage[bytes, bytes]:
    """Key and value as they came; the headers that came, the contract, and where the record stood."""
    place = f"{message.topic}/{message.partition}/{message.offset}".encode()
    headers = [*message.headers, ("assay-contract", b"bench@1.0.0"), ("assay-source", place)]
    return KafkaSinkMessage(message.key, message.value, headers=headers)


flow = Dataflow("bench")
records = kop.input("in", flow, brokers=[broker], topics=[source], batch_size=1_000)
routed = op.branch("judge", records.oks, is_valid)
acks = {"acks": "all"}
kop.output("good", op.map("valid", routed.trues, onward), brokers=[broker], topic=valid, add_config=acks)
kop.output("bad", op.map("invalid", routed.falses, onward), brokers=[broker], topic=invalid, add_config=acks)

if __name__ == "__main__":
    cluster_main(flow, [], 0)
