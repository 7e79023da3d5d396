"""Small contracts for tests that need some contract and do not care which."""

from __future__ import annotations

import json

__all__ = ["contract_text"]


def contract_text(contract: str, version: str = "1.0.0", **topics: object) -> bytes:
    """A contract file that lints: records with an `id`, the key, and an `amount`; `topics` go into assay.topics."""
    return f"""apiVersion: v3.2.0
kind: DataContract
id: {contract}
name: {contract}
version: {version}
status: active
schema:
  - name: {contract}
    logicalType: object
    properties:
      - {{name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: amount, logicalType: integer}}
customProperties:
  - {{property: assay.topics, value: {json.dumps({"partitions": 3, **topics})}}}
team: {{name: testers, members: [{{username: ana, role: Owner}}]}}
""".encode()
