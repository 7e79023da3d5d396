"""The closures of rules agree with the reference engine: the same value, or no value in both."""

from __future__ import annotations

import contextlib
import datetime
import re
from typing import Any

from cel_expr_python import cel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.contracts.cel import BUDGET, Budget, Closure, EvaluationError, UnsupportedError, compiled, parse
from assay.contracts.cel.values import Duration, Timestamp

NAMES = ("a", "b", "c", "d")
ENVIRONMENT = cel.NewEnv(variables=dict.fromkeys(NAMES, cel.Type.DYN))
NO_VALUE = "no value"
ZONES = ("'UTC'", "'Europe/Berlin'", "'+05:30'", "'nowhere'")

NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([2**31, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**64 - 1]),
    st.sampled_from([0.0, -0.0, 0.5, 1.0, -1.5, 2.0**53, 2.0**63, -(2.0**63), 1e300, 3.7]),
)
TEXTS = st.sampled_from(
    ["", "x", "xy", "é😀", "1", "-1", "+1", " 1", "01", "0x1", "1.5", "1e3", "inf", "nan", "true", "True", "f", "tRue",
     "2020-01-02T03:04:05Z", "2020-01-02T03:04:05.123456789Z", "1969-12-31T23:59:59.5Z", "2020-01-02T03:04:05+01:00",
     "2020-02-30T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00Z", "2016-12-31T23:59:60Z",
     "1h", "1.5s", "-1.5s", "90m", "1ns", "1d", "x\n", "a+", "^x$", "("]
)  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["x", "y", "1"]), inner, max_size=1)
    ),
    max_leaves=5,
)
RECORDS = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, VALUES))

LITERALS = st.sampled_from(
    ["null", "true", "false", "0", "1", "-1", "2", "9223372036854775807", "-9223372036854775808", "0u", "1u",
     "18446744073709551615u", "0.0", "1.0", "0.5", "-1.5", "1e19", "''", "'x'", "'1'", "'xy'", "[]", "[1, 2]", "['x']",
     "{}", "{'x': 1}", "int", "string", "duration('1h')", "duration('-1.5s')", "timestamp('2020-01-02T03:04:05.5Z')"]
)  # fmt: skip
BINARY = ("+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||")
CALLS = ("size", "dyn", "int", "uint", "double", "string", "bool", "timestamp", "duration")
METHODS = ("startsWith", "endsWith", "contains", "matches")
GETTERS = (
    "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes",
    "getSeconds", "getMilliseconds",
)  # fmt: skip
MACROS = ("all", "exists", "exists_one", "filter", "map")


def _deeper(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, part, st.sampled_from(BINARY), part),
        st.builds("{}({})".format, st.sampled_from(("!", "-")), part),
        st.builds("({} ? {} : {})".format, part, part, part),
        st.builds("{}({})".format, st.sampled_from(CALLS), part),
        st.builds("dyn({}).{}({})".format, part, st.sampled_from(METHODS), part),
        st.builds("timestamp({}).{}()".format, part, st.sampled_from(GETTERS)),
        st.builds("timestamp({}).{}({})".format, part, st.sampled_from(GETTERS), st.sampled_from(ZONES)),
        st.builds("duration({}).{}()".format, part, st.sampled_from(GETTERS[-4:])),
        st.builds("{}.{}".format, st.sampled_from(NAMES), st.sampled_from(["x", "y"])),
        st.builds("has({}.{})".format, st.sampled_from(["a", "b.x", "v"]), st.sampled_from(["x", "y"])),
        st.builds("dyn({})[{}]".format, part, part),
        st.builds("[{}, {}]".format, part, part),
        st.builds("{{'x': {}}}".format, part),
        st.builds("dyn({}).{}({}, {})".format, part, st.sampled_from(MACROS), st.sampled_from(["v", "a"]), part),
        st.builds("dyn({}).map(v, {}, {})".format, part, part, part),
    )


EXPRESSIONS = st.recursive(st.one_of(st.sampled_from([*NAMES, "v"]), LITERALS), _deeper, max_leaves=8)


def by_reference(program: cel.Expression, record: dict[str, Any]) -> object:
    found = program.eval(data={name: record.get(name) for name in NAMES})
    return NO_VALUE if found.type() == cel.Type.ERROR else _plain(found.plain_value())


def by_closure(closure: Closure, record: dict[str, Any]) -> object:
    try:
        return _plain(closure(record | {BUDGET: Budget()}))
    except EvaluationError:
        return NO_VALUE


def _plain(value: Any) -> object:
    """A value that can be compared; which time or which type it is, `string` and `==` tell."""
    match value:
        case Timestamp() | Duration() | datetime.datetime() | datetime.timedelta():
            return "a time"
        case cel.Type():
            return "a type"
        case dict():
            return sorted((key, _plain(item)) for key, item in value.items())
        case list():
            return [_plain(item) for item in value]
        case int() if not isinstance(value, bool):
            return int(value)
    return repr(value)


def judged_alike(expr: str, record: dict[str, Any]) -> None:
    for asked in (expr, f"string({expr})", f"({expr}) == b"):
        with contextlib.suppress(RuntimeError, UnsupportedError):  # no expression, or the reference evaluates it anyway
            program = ENVIRONMENT.compile(asked)
            closure = compiled(parse(program.serialize()), NAMES)
            assert by_closure(closure, record) == by_reference(ENVIRONMENT.compile(with_null(asked)), record), asked


HAS = re.compile(r"has\(([a-z.]+)\)")


def with_null(expr: str) -> str:
    """The expression for the reference, whose maps have a field that is null; a record does not have it."""
    return HAS.sub(r"(has(\1) && \1 != null)", expr)


@settings(max_examples=600, suppress_health_check=list(HealthCheck))
@given(EXPRESSIONS, RECORDS)
def test_closure_and_reference_agree(expr: str, record: dict[str, Any]) -> None:
    judged_alike(expr, record)
