"""Rules over a whole record, in CEL (https://cel.dev): a record keeps a rule when it is true."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from cel_expr_python import cel

from assay.contracts.cel import (
    BUDGET,
    Budget,
    Closure,
    EvaluationError,
    Kinds,
    Node,
    UnsupportedError,
    WorkError,
    compiled,
    free_names,
    has_loop,
    parse,
    undecided,
)
from assay.contracts.model import Rule
from assay.contracts.verdict import Violation

__all__ = ["Condition", "Expression", "RuleSet", "RuleSyntaxError", "usable_name"]

_MACRO = re.compile(r"\b(all|exists|exists_one|filter|map)\s*\(")
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


class Expression:
    """A compiled expression over names that stand for values; one that is absent is null. `names` are those it reads.

    The reference engine compiles it, so it says what is no expression. A Python closure evaluates it, in a fraction
    of the time and with a bound on its work; what no closure is made for (`is_bounded` is false), the reference does.
    """

    def __init__(self, expr: str, fields: Iterable[str]) -> None:
        """Compile the expression.

        Raises:
            RuleSyntaxError: it does not compile, names what is not there, or may take for ever.
        """
        names = tuple(fields)
        try:
            program = _environment(*filter(usable_name, names)).compile(expr)
        except RuntimeError as error:
            raise _syntax_error(str(error), expr, names) from error
        self.kind = program.return_type()
        self.names, self.value, self.has_loop, self.is_bounded = _closure(program, expr, names)
        self._serialized = program.serialize

    @property
    def tree(self) -> Node | None:
        """The syntax tree; None of an expression that only the reference evaluates."""
        try:
            return parse(self._serialized())
        except UnsupportedError:
            return None

    def give(self, record: Mapping[str, Any]) -> Any:
        """What it gives on these values.

        Raises:
            EvaluationError: it gives nothing.
            WorkError: its loops do too much to say.
        """
        return self.value(_scope(self.names, record) if self.has_loop else record)


class Condition(Expression):
    """An expression over top-level fields that is true or false."""

    def __init__(self, expr: str, fields: Iterable[str]) -> None:
        """Compile the expression.

        Raises:
            RuleSyntaxError: it does not compile, names an unknown field, is not true or false, or may take for ever.
        """
        super().__init__(expr, fields)
        if self.kind not in (cel.Type.BOOL, cel.Type.DYN):
            raise RuleSyntaxError(f"it gives {self.kind.name().lower()}, not true or false")

    def undecided(self, fields: Mapping[str, Kinds]) -> str | None:
        """Why it is true or false of no record whose fields are of these kinds; None where it may be."""
        return undecided(self.tree, fields) if self.tree else None

    def evaluate(self, record: Mapping[str, Any]) -> bool | None:
        """True or false, or None when the expression cannot be evaluated on this record."""
        try:
            result = self.give(record)
        except (EvaluationError, WorkError):
            return None
        return result if isinstance(result, bool) else None


class RuleSet:
    """The rules of a contract. `names` are the fields that some rule reads: a record of these alone is answered alike."""

    def __init__(self, rules: Sequence[Rule], fields: Sequence[str]) -> None:
        self._each = [(rule, Condition(rule.expr, fields)) for rule in rules]
        self._values = tuple(condition.value for _, condition in self._each if not condition.has_loop)
        self._loops = tuple(condition for _, condition in self._each if condition.has_loop)
        self.names = tuple(name for name in fields if any(name in condition.names for _, condition in self._each))

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Whether every rule is true of the record."""
        try:
            for value in self._values:
                if value(record) is not True:
                    return False
        except (EvaluationError, WorkError):
            return False
        return all(condition.evaluate(record) for condition in self._loops) if self._loops else True

    def held(self, records: Sequence[Mapping[str, Any]]) -> list[bool]:
        """`holds` of each record."""
        if len(self._values) == 1 and not self._loops:
            (value,) = self._values
            with suppress(EvaluationError, WorkError):
                return [value(record) is True for record in records]
        return [self.holds(record) for record in records]

    def broken(self, record: Mapping[str, Any], unavailable: frozenset[str] = frozenset()) -> list[Violation]:
        """The rules that are not true of the record, except those that speak of an unavailable field."""
        return [
            Violation("", rule.id, rule.description or rule.expr, _FOUND[kept])
            for rule, condition in self._each
            if unavailable.isdisjoint(condition.names) and (kept := condition.evaluate(record)) is not True
        ]


def _scope(names: Iterable[str], record: Mapping[str, Any]) -> dict[str, Any]:
    """What a closure with loops needs: a place for their variables, and the work that it may do."""
    return {name: record.get(name) for name in names} | {BUDGET: Budget()}


def _closure(program: cel.Expression, expr: str, fields: Sequence[str]) -> tuple[tuple[str, ...], Closure, bool, bool]:
    """The fields that an expression reads, its closure, and whether that has loops and a bound on its work."""
    try:
        tree = parse(program.serialize())
        free = free_names(tree)
        names = tuple(name for name in fields if name in free)
        return names, compiled(tree, names), has_loop(tree), True
    except UnsupportedError as error:
        if _MACRO.search(expr):
            raise RuleSyntaxError(
                f"it goes through a list together with {error}, which no bound is known for"
            ) from error
    words = set(_WORD.findall(expr))
    names = tuple(name for name in fields if name in words and usable_name(name))
    return names, lambda record: program.eval(data={name: record.get(name) for name in names}).value(), False, False


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
