"""Numbers out of bounds by one constant factor: another unit, most likely. Pure."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from assay.contracts import Field
from assay.recovery.proposals.candidate import Candidate, Doubt, Finding
from assay.recovery.proposals.case import Case, Problem, accepting, field_at, name_of, parts_of

__all__ = ["units"]

RULES = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
FACTORS = (1000, 100, 60, 3600, 86_400, 1_000_000)
"""Thousandths and hundredths, seconds, minutes, hours and days, millionths; and the same the other way round."""

MAX_NUMBER = Fraction(sys.float_info.max)

FEW = 3
"""Dead letters that one coincidence explains."""


def units(case: Case, problem: Problem) -> Iterator[Finding]:
    """Divide or multiply by the one factor that brings every value within bounds; several leave it open."""
    field, parts = field_at(case.contract, problem.path), parts_of(problem.path)
    if field is None or problem.rule not in RULES or field.type not in ("integer", "number") or len(parts) != 1:
        return
    values = [value for value in case.values(problem) if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(values) < FEW:
        return
    is_accepted = accepting(field)
    fitting = [factor for factor in _factors() if _fits(values, factor, field, is_accepted)]
    unit = f" of {field.unit}" if field.unit else ""
    if len(fitting) > 1:
        yield Doubt(
            f"{len(fitting)} factors would bring {problem.path} within its bounds: none can be told from the others"
        )
    elif fitting:
        factor = fitting[0]
        by = f"divided by {factor}" if factor >= 1 else f"multiplied by {1 / factor}"
        yield Candidate(
            title=f"{problem.path} {by}",
            word=f"{name_of(problem.path)}_unit",
            steps=({"evaluate": {parts[0]: _expression(parts[0], factor, field)}},),
            evidence=(
                f"all {len(values):,} values are within the bounds{unit} of the contract then",
                "no other factor between usual units does that",
            ),
            solves=frozenset({problem}),
            when=problem,
            cost=3,
        )


def _factors() -> Iterator[Fraction]:
    for factor in FACTORS:
        yield from (Fraction(factor), Fraction(1, factor))


def _fits(values: Sequence[int | float], factor: Fraction, field: Field, is_accepted: Callable[[object], bool]) -> bool:
    for value in values:
        scaled = Fraction(value) / factor
        if field.type == "integer" and scaled.denominator != 1:
            return False
        if abs(scaled) > MAX_NUMBER or not is_accepted(int(scaled) if field.type == "integer" else float(scaled)):
            return False
    return True


def _expression(name: str, factor: Fraction, field: Field) -> str:
    number, sign = (factor.numerator, "/") if factor >= 1 else (factor.denominator, "*")
    return f"{name} {sign} {number}" if field.type == "integer" else f"double({name}) {sign} {number}.0"
