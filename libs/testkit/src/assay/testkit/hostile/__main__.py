"""One trial, in this process: `python -m assay.testkit.hostile FORM SEED COUNT`; the account goes to stdout."""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from typing import get_args

from assay.contracts import WireForm
from assay.testkit.hostile.inputs import hostile
from assay.testkit.hostile.trial import judged

MEMORY_BYTES = 1_500_000_000


def main(form: str, seed: str, count: str) -> None:
    """Judge with bounded memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    known = next(each for each in get_args(WireForm) if each == form)
    sys.stdout.write(json.dumps(asdict(judged(known, hostile(known, int(seed), int(count))))))


if __name__ == "__main__":
    main(*sys.argv[1:])
