"""What a process writes to stderr: one JSON object a line, with its service, and never the values of a frame."""

from __future__ import annotations

import json
import subprocess
import sys

CRASHES = """
import logging, sys, threading
from assay.telemetry import configure, get_logger
from assay.telemetry.trace import span

def judge(record):
    raise ValueError("cannot be judged")

configure("validation")
with span("validation/forward"):
    get_logger().info("record.rejected", offset=7)
elsewhere = threading.Thread(target=lambda: logging.getLogger("aiokafka").error("gone"))
elsewhere.start()
elsewhere.join()
for log in (get_logger(), logging.getLogger("aiokafka")):
    try:
        judge({"card": "4111-secret"})
    except ValueError:
        log.exception("process.crashed")
"""


def lines() -> list[dict[str, object]]:
    run = subprocess.run([sys.executable, "-c", CRASHES], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout == ""
    return [json.loads(line) for line in run.stderr.splitlines()]


def test_every_line_is_one_object_that_names_the_service() -> None:
    assert [line["service"] for line in lines()] == ["validation"] * 4


def test_a_crash_is_told_with_its_trace_and_without_the_record_that_was_in_hand() -> None:
    *_, ours, theirs = lines()
    for line in (ours, theirs):
        text = json.dumps(line)
        assert ("cannot be judged" in text, '"judge"' in text, "4111-secret" in text) == (True, True, False)


def test_a_line_within_a_span_names_its_trace() -> None:
    first, outside, *_ = lines()
    assert len(str(first["trace_id"])) == 32
    assert "trace_id" not in outside
