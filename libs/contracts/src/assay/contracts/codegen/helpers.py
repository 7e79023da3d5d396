"""The functions that generated modules read and write values with; a module has those it needs."""

from __future__ import annotations

import re

__all__ = ["IMPORTS", "needed"]

IMPORTS = ("base64", "binascii", "dataclasses", "datetime", "decimal", "enum", "json", "uuid")
"""Modules that a generated one may import."""

_SOURCE = """\
def _read(text: str | bytes) -> object:
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise RecordError("", "JSON", "none") from error

def _refused(word: str) -> object:
    raise ValueError(word)

def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()

def _required(fields: Mapping[str, object], name: str, at: str, of: Callable[[object, str], _T]) -> _T:
    value = fields.get(name)
    if value is None:
        raise RecordError(f"{at}/{name}", "a value", "none")
    return of(value, f"{at}/{name}")

def _optional(fields: Mapping[str, object], name: str, at: str, of: Callable[[object, str], _T]) -> _T | None:
    value = fields.get(name)
    return None if value is None else of(value, f"{at}/{name}")

def _maybe(of: Callable[[object, str], _T]) -> Callable[[object, str], _T | None]:
    return lambda value, at: None if value is None else of(value, at)

def _list(of: Callable[[object, str], _T]) -> Callable[[object, str], tuple[_T, ...]]:
    def read(value: object, at: str) -> tuple[_T, ...]:
        if not isinstance(value, list):
            raise RecordError(at, "a list", type(value).__name__)
        return tuple(of(each, f"{at}/{place}") for place, each in enumerate(value))

    return read

def _map(of: Callable[[object, str], _T]) -> Callable[[object, str], dict[str, _T]]:
    return lambda value, at: {name: of(each, f"{at}/{name}") for name, each in _object(value, at).items()}

def _one_of(kind: type[_E]) -> Callable[[object, str], _E]:
    def read(value: object, at: str) -> _E:
        try:
            if not isinstance(value, bool):
                return kind(value)
        except ValueError:
            pass
        raise RecordError(at, f"a value of {kind.__name__}", "another")

    return read

def _object(value: object, at: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise RecordError(at, "an object", type(value).__name__)
    return value

def _anything(value: object, at: str) -> object:
    return value

def _text(value: object, at: str) -> str:
    if not isinstance(value, str):
        raise RecordError(at, "text", type(value).__name__)
    return value

def _boolean(value: object, at: str) -> bool:
    if not isinstance(value, bool):
        raise RecordError(at, "true or false", type(value).__name__)
    return value

def _integer(value: object, at: str) -> int:
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
        raise RecordError(at, "a whole number", type(value).__name__)
    return int(value)

def _number(value: object, at: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(at, "a number", type(value).__name__)
    return float(value)

def _decimal(value: object, at: str) -> decimal.Decimal:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RecordError(at, "a decimal", type(value).__name__)
    try:
        return decimal.Decimal(str(value))
    except decimal.InvalidOperation:
        raise RecordError(at, "a decimal", "other text") from None

def _bytes(value: object, at: str) -> bytes:
    try:
        return base64.b64decode(_text(value, at), validate=True)
    except binascii.Error:
        raise RecordError(at, "base64", "other text") from None

def _uuid(value: object, at: str) -> uuid.UUID:
    try:
        return uuid.UUID(_text(value, at))
    except ValueError:
        raise RecordError(at, "a UUID", "other text") from None

def _date(value: object, at: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(_text(value, at))
    except ValueError:
        raise RecordError(at, "a date", "other text") from None

def _timestamp(value: object, at: str) -> datetime.datetime:
    read = _local_timestamp(value, at)
    if read.tzinfo is None:
        raise RecordError(at, "a timestamp with an offset", "one without")
    return read

def _local_timestamp(value: object, at: str) -> datetime.datetime:
    text = _text(value, at).upper()
    try:
        if text[17:19] == "60":  # a leap second is the first of the next minute
            return datetime.datetime.fromisoformat(f"{text[:17]}59{text[19:]}") + datetime.timedelta(seconds=1)
        return datetime.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise RecordError(at, "a timestamp", "other text") from None

def _instant(value: datetime.datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a timestamp needs a time zone, as in datetime.datetime.now(datetime.UTC)")
    return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")

def _time(value: object, at: str) -> datetime.time:
    text = _text(value, at).upper()
    try:
        return datetime.time.fromisoformat(f"{text[:6]}59{text[8:]}" if text[6:8] == "60" else text)
    except ValueError:
        raise RecordError(at, "a time", "other text") from None

def _spelled_timestamp(form: str) -> Callable[[object, str], datetime.datetime]:
    def read(value: object, at: str) -> datetime.datetime:
        try:
            return datetime.datetime.strptime(_text(value, at), form.replace("%:z", "%z"))
        except ValueError:
            raise RecordError(at, f"a text like {form}", "other text") from None

    return read

def _spelled_instant(form: str) -> Callable[[object, str], datetime.datetime]:
    return _spelled_timestamp(form)

def _spelled_date(form: str) -> Callable[[object, str], datetime.date]:
    return lambda value, at: _spelled_timestamp(form)(value, at).date()

def _spelled_time(form: str) -> Callable[[object, str], datetime.time]:
    return lambda value, at: _spelled_timestamp(form)(value, at).time()

def _spelled(value: datetime.date | datetime.time, form: str) -> str:
    if isinstance(value, datetime.datetime) and "z" in form:
        if value.tzinfo is None:
            raise ValueError("a timestamp needs a time zone, as in datetime.datetime.now(datetime.UTC)")
        value = value.astimezone(datetime.UTC)
    if isinstance(value, datetime.date):
        form = form.replace("%Y", f"{value.year:04d}")
    return value.strftime(form.replace("%:z", "Z").replace("%z", "+0000"))
"""

_FUNCTIONS = {
    re.match(r"def (\w+)", text)[1]: f"{text.rstrip()}\n"  # type: ignore[index]  # each part begins with a function
    for text in re.split(r"\n(?=def )", _SOURCE)
}


def needed(body: str) -> list[str]:
    """The functions that a module with that body needs, each with those that it needs itself, in a fixed order."""
    named, found = set(re.findall(r"\b_\w+", body)), set[str]()
    while missing := (named & _FUNCTIONS.keys()) - found:
        found |= missing
        for name in missing:
            named |= set(re.findall(r"\b_\w+", _FUNCTIONS[name]))
    return [text for name, text in _FUNCTIONS.items() if name in found]
