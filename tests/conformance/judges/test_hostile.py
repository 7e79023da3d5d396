"""Hostile records: each gets its verdict, in bounded memory and in seconds where an engine would hang."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

WHOLE_S = 60
REASONS = {
    "catastrophic pattern 0": "schema",
    "catastrophic pattern 1": "schema",
    "catastrophic pattern 2": "schema",
    "10,000 deep": "malformed",
    "10,000 deep, cut": "malformed",
    "a million unknown names": "schema",
    "a million names in an object": "schema",
    "a million times one name": "schema",
    "a million wrong items": "schema",
    "9,000 objects that differ at the end": None,
    "a million digits": "malformed",
    "a number of a great exponent": "malformed",
    "2^63": "schema",
    "NaN": "malformed",
    "a lone surrogate": "malformed",
    "16 MiB of text": "schema",
    "100 MB": "too_large",
}


def test_hostile_record_gets_its_verdict_in_bounded_memory_and_time() -> None:
    program = str(Path(__file__).parent / "hostile.py")
    done = subprocess.run([sys.executable, program], check=True, capture_output=True, timeout=WHOLE_S)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert {each["name"]: each["reason"] for each in told} == REASONS
