"""One function of the reference engine over plain values: for what is spelled in ways that only it knows."""

from __future__ import annotations

import functools
from typing import Any

from cel_expr_python import cel

from assay.contracts.cel.errors import EvaluationError
from assay.contracts.cel.values import UInt

__all__ = ["asked"]


def asked(expr: str, *values: Any) -> Any:
    """What the expression gives, `a` and `b` being the values.

    Raises:
        EvaluationError: it gives none.
    """
    found = _program(expr).eval(data=dict(zip("ab", values, strict=False)))
    kind = found.type()
    if kind == cel.Type.ERROR:
        raise EvaluationError(str(found.value()))
    return UInt(found.value()) if kind == cel.Type.UINT else found.value()


@functools.lru_cache(maxsize=256)
def _program(expr: str) -> cel.Expression:
    return cel.NewEnv(variables={"a": cel.Type.DYN, "b": cel.Type.DYN}).compile(expr)
