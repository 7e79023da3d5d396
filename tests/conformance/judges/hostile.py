"""Judges hostile records in a process of bounded memory, and says what each came to: `python hostile.py`."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from dataclasses import replace

from assay.contracts import Judge, load

HEAD = "apiVersion: v3.2.0\nkind: DataContract\nid: one\nversion: 1.0.0\nschema: [{name: r, properties: ["
MIB = 1024 * 1024
MEMORY_BYTES = 2048 * MIB
LARGEST = 16 * MIB
"""What a contract may allow a record at most."""


def records() -> Iterator[tuple[str, str, bytes]]:
    """A name, the field that it is for, and the record."""
    text = "logicalType: string, logicalTypeOptions: {{pattern: '{}'}}"
    for place, pattern in enumerate(("^(a+)+$", "^(a|a)*$", "^.*a.*a.*a.*b$")):
        yield f"catastrophic pattern {place}", text.format(pattern), b'{"x":"%s"}' % (b"a" * 500_000 + b"!")
    yield "10,000 deep", "logicalType: object", b'{"x":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001
    yield "10,000 deep, cut", "logicalType: array", b'{"x":' + b"[" * 10_000
    yield "a million unknown names", "logicalType: integer", many(b'"a%d":1')
    yield "a million names in an object", "logicalType: object", b'{"x":' + many(b'"a%d":1') + b"}"
    yield "a million times one name", "logicalType: integer", b"{" + b",".join([b'"x":1'] * 1_000_000) + b',"x":""}'
    yield "a million wrong items", "logicalType: array, items: {name: i, logicalType: string}", items(b"1", 1_000_000)
    unique = "logicalType: array, items: {name: i, logicalType: object}, logicalTypeOptions: {uniqueItems: true}"
    yield (
        "9,000 objects that differ at the end",
        unique,
        b'{"x":[' + b",".join(b'{"a":{"b":[1,2,3]},"c":%d}' % place for place in range(9_000)) + b"]}",
    )
    yield "a million digits", "logicalType: number", b'{"x":%s}' % (b"1" * 1_000_000)
    yield "a number of a great exponent", "logicalType: number", b'{"x":1e%s}' % (b"9" * 100_000)
    yield "2^63", "logicalType: integer", b'{"x":9223372036854775808}'
    yield "NaN", "logicalType: number", b'{"x":NaN}'
    yield "a lone surrogate", "logicalType: string", b'{"x":"\\ud800"}'
    yield (
        "16 MiB of text",
        "logicalType: string, logicalTypeOptions: {maxLength: 5}",
        b'{"x":"%s"}' % (b"a" * (LARGEST - 9)),
    )
    yield "100 MB", "logicalType: string", b'{"x":"%s"}' % (b"a" * 100_000_000)


def many(name: bytes) -> bytes:
    return b"{" + b",".join(name % place for place in range(1_000_000)) + b"}"


def items(item: bytes, count: int) -> bytes:
    return b'{"x":[' + b",".join([item] * count) + b"]}"


def main() -> None:
    """Print one JSON object a record: its name, the reason, and the seconds."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for name, field, record in records():
        contract = load(f"{HEAD}{{name: x, {field}}}]}}]".encode())
        judge = Judge(replace(contract, max_record_bytes=LARGEST))
        start = time.perf_counter()
        verdict = judge.judge(record)
        took_s = time.perf_counter() - start
        print(json.dumps({"name": name, "reason": verdict.reason, "took_s": round(took_s, 3)}), flush=True)  # noqa: T201 -- a child tells its parent


if __name__ == "__main__":
    main()
