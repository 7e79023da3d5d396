"""Rules over a whole record, in CEL (https://cel.dev): a record keeps a rule when it is true."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cel_expr_python import cel

from assay.contracts.model import Rule
from assay.contracts.verdict import Violation

__all__ = ["Condition", "RuleSet", "RuleSyntaxError", "usable_name"]

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class RuleSyntaxError(ValueError):
    """An expression is not a condition over the fields of the contract; `unknown` is a name that is none of them."""

    def __init__(self, message: str, unknown: str = "") -> None:
        super().__init__(message)
        self.unknown = unknown


@functools.cache
def usable_name(name: str) -> bool:
    """Whether CEL takes a field of this name as a variable; it reserves some names, `in` and `type` among them."""
    try:
        return bool(_WORD.fullmatch(name)) and _environment(name).compile(name).return_type() == cel.Type.DYN
    except RuntimeError:
        return False


class Condition:
    """A compiled expression over top-level fields; an absent field is null."""

    def __init__(self, expr: str, fields: Iterable[str]) -> None:
        """Compile the expression.

        Raises:
            RuleSyntaxError: it does not compile, names an unknown field, or is not true or false.
        """
        names = tuple(fields)
        words = set(_WORD.findall(expr))
        self.names = tuple(name for name in names if name in words and usable_name(name))
        try:
            self._program = _environment(*filter(usable_name, names)).compile(expr)
        except RuntimeError as error:
            raise _syntax_error(str(error), expr, names) from error
        if self._program.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
            raise RuleSyntaxError(f"it gives {self._program.return_type().name().lower()}, not true or false")

    def evaluate(self, record: Mapping[str, Any]) -> bool | None:
        """True or false, or None when the expression cannot be evaluated on this record."""
        result = self._program.eval(data={name: record.get(name) for name in self.names}).value()
        return result if isinstance(result, bool) else None


class RuleSet:
    """The rules of a contract, joined into one program for the records that keep them all.

    `names` are the fields that some rule reads: a record of these alone gets the same answers.
    """

    def __init__(self, rules: Sequence[Rule], fields: Sequence[str]) -> None:
        self._each = [(rule, Condition(rule.expr, fields)) for rule in rules]
        self._joined = _joined(rules, fields)
        self.names = tuple(name for name in fields if any(name in condition.names for _, condition in self._each))

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Whether every rule is true of the record."""
        return not self.broken(record)

    def broken(self, record: Mapping[str, Any], unavailable: frozenset[str] = frozenset()) -> list[Violation]:
        """The rules that are not true of the record, except those that speak of an unavailable field."""
        if not unavailable and self._joined is not None and self._joined.evaluate(record):
            return []
        return [
            Violation("", rule.id, rule.description or rule.expr, _FOUND[kept])
            for rule, condition in self._each
            if unavailable.isdisjoint(condition.names) and (kept := condition.evaluate(record)) is not True
        ]


def _joined(rules: Sequence[Rule], fields: Sequence[str]) -> Condition | None:
    """All rules as one program, unless there are none or it would nest deeper than CEL allows (32 levels)."""
    try:
        return Condition(" && ".join(f"({rule.expr}\n)" for rule in rules), fields) if rules else None
    except RuleSyntaxError:
        return None


_FOUND = {False: "not true", None: "could not be evaluated"}


@functools.lru_cache(maxsize=256)
def _environment(*names: str) -> cel.Env:
    return cel.NewEnv(variables=dict.fromkeys(names, cel.Type.DYN))


def _syntax_error(error: str, expr: str, names: Sequence[str]) -> RuleSyntaxError:
    for name in names:
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", expr) and not usable_name(name):
            return RuleSyntaxError(
                f"CEL cannot take the field {name!r} as a name; rename the field to use it in a rule"
            )
    if unknown := re.search(r"undeclared reference to '([^']+)'", error):
        return RuleSyntaxError(f"{unknown[1]!r} is not a field of this contract", unknown[1])
    first = error.partition("ERROR: <input>:")[2].partition("\n")[0] or error.partition("\n")[0]
    if "recursion limit" in error:
        return RuleSyntaxError("it nests deeper than CEL allows (32 levels); split it into several rules")
    place, _, problem = first.removesuffix("[INVALID_ARGUMENT]").strip().partition(": ")
    problem = problem.partition(" expecting ")[0]
    return RuleSyntaxError(f"it does not compile at character {place.rpartition(':')[2]}: {problem}")
