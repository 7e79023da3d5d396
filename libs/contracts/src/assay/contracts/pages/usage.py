"""How to produce and consume the records of a contract: lines to copy."""

from __future__ import annotations

import json

from assay.contracts.codegen.names import class_name, module_name
from assay.contracts.model import Contract
from assay.contracts.pages.html import code, text

__all__ = ["usage_parts"]


def usage_parts(contract: Contract) -> str:
    """Both ways, as text and code."""
    return f"{_produce(contract)}\n{_consume(contract)}"


def _produce(contract: Contract) -> str:
    raw = contract.topics.raw_app or contract.topics.raw_cdc or ""
    if contract.kind == "cdc":
        return (
            f"<h3>Produce</h3><p>Change data capture writes to {code(raw)}: the envelope of Debezium around each row, "
            f"keyed by {code(', '.join(contract.key))}.</p>"
        )
    module, record = module_name(contract.id), class_name(contract.record, ())
    lines = (
        "from assay.client import Producer",
        f"from {module} import {record}  # assay contract codegen",
        "",
        "async with Producer(gateway) as producer:",
        f"    record = {record}(...)",
        *([f"    key = ...  # made of {', '.join(contract.key)}"] if contract.key else []),
        f"    await producer.emit({json.dumps(contract.id)}, record.to_json(){', key' if contract.key else ''})",
    )
    other = f"Or write to {code(raw)} with any Kafka client, as {text(contract.form)}; schemas by {code('assay contract codegen')}."
    return f"<h3>Produce</h3><pre>{text(chr(10).join(lines))}</pre><p>{other}</p>"


def _consume(contract: Contract) -> str:
    lines = (
        f"kcat -C -b BROKER -t {contract.topics.validated} -X isolation.level=read_committed",
        f"assay contract codegen {contract.id}.odcs.yaml --to python --output records/",
    )
    said = (
        f"What passed stands on {code(contract.topics.validated)}; read it committed only. What did not is on "
        f"{code(contract.topics.dead_letters)}. Name yourself under {code('assay.consumers')}: then you are told of a "
        "broken promise, and asked before one is weakened."
    )
    return f"<h3>Consume</h3><pre>{text(chr(10).join(lines))}</pre><p>{said}</p>"
