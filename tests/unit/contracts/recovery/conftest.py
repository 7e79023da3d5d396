"""What a flow makes of a record."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from assay.contracts import Repaired
from tests.unit.contracts.recovery.mending import mend, mending


@pytest.fixture
def mended() -> Callable[[str, object], object]:
    def run(steps: str, record: object) -> object:
        result = mend(mending(steps), orjson.dumps(record))
        return orjson.loads(result.value) if isinstance(result, Repaired) else result.explanation

    return run
