"""What a text looks like: a date, an identifier, something personal. Guesses, never proofs."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from uuid import UUID

from assay.contracts.formats import DATE, DATE_TIME, LOCAL_DATE_TIME, LOCAL_TIME
from assay.contracts.moments import moment

__all__ = ["LOOKS", "PERSONAL_LOOKS", "is_personal_name", "is_personal_value"]

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}", re.ASCII)
_PHONE = re.compile(r"(?:\+|00)[0-9][0-9 ()/.-]{6,18}|\(?[0-9]{2,5}\)?[ /-][0-9][0-9 -]{4,12}", re.ASCII)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{1,4}){3,8}", re.ASCII)
_CARD = re.compile(r"[0-9](?:[ -]?[0-9]){12,18}", re.ASCII)
_URI = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s<>\"{}|\\^`]{1,2000}", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,20})\.[0-9]{1,10}", re.ASCII)

Look = Callable[[str], bool]


def _pattern(pattern: str) -> Look:
    compiled = re.compile(pattern.removeprefix("^").removesuffix("$"), re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


def _spelled(kind: str, form: str) -> Look:
    read = moment(kind, form).read
    return lambda text: read(text) is not None


def _uuid(text: str) -> bool:
    try:
        return len(text) == 36 and UUID(text) is not None
    except ValueError:
        return False


def _address(text: str) -> bool:
    try:
        return len(text) < 46 and ipaddress.ip_address(text) is not None
    except ValueError:
        return False


def _iban(text: str) -> bool:
    """Whether its check digits are right, as ISO 13616 counts them."""
    if not _IBAN.fullmatch(text):
        return False
    plain = text.replace(" ", "")
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


def _card(text: str) -> bool:
    """Whether its check digit is right, as Luhn counts it."""
    if not _CARD.fullmatch(text):
        return False
    digits = [int(each) for each in reversed(text) if each.isdigit()]
    return sum(digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits)) % 10 == 0


LOOKS: Mapping[str, Look] = {
    "uuid": _uuid,
    "date": _pattern(DATE),
    "timestamp": _pattern(DATE_TIME),
    "local timestamp": _pattern(LOCAL_DATE_TIME),
    "time": _pattern(LOCAL_TIME),
    "timestamp yyyy-MM-dd HH:mm:ss": _spelled("local timestamp", "yyyy-MM-dd HH:mm:ss"),
    "date dd.MM.yyyy": _spelled("date", "dd.MM.yyyy"),
    "date yyyy/MM/dd": _spelled("date", "yyyy/MM/dd"),
    "date MM/dd/yyyy": _spelled("date", "MM/dd/yyyy"),
    "email": lambda text: _EMAIL.fullmatch(text) is not None,
    "phone": lambda text: _PHONE.fullmatch(text) is not None,
    "iban": _iban,
    "card": _card,
    "address": _address,
    "uri": lambda text: _URI.fullmatch(text) is not None,
    "decimal": lambda text: _DECIMAL.fullmatch(text) is not None,
}
"""What a text may look like; a text has several looks."""

PERSONAL_LOOKS = {
    "email": "an email address", "phone": "a phone number", "iban": "a bank account", "card": "the number of a card",
    "address": "an IP address",
}  # fmt: skip
"""Looks of values that belong to a person, in words."""

_WORDS = frozenset(
    (
        "address", "birth", "birthdate", "birthday", "card", "cvc", "cvv", "dob", "email", "fax", "firstname", "forename",
        "fullname", "gender", "iban", "ip", "lastname", "mail", "mobile", "passport", "passwd", "password", "phone", "pin",
        "salary", "secret", "ssn", "street", "surname", "tel", "telephone", "token",
    )
)  # fmt: skip
_WHOSE = frozenset(("contact", "customer", "driver", "first", "full", "holder", "last", "middle", "patient", "user"))
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+", re.ASCII)


def is_personal_value(text: str) -> bool:
    """Whether a text looks like what belongs to a person."""
    return any(LOOKS[look](text) for look in PERSONAL_LOOKS)


def is_personal_name(name: str) -> bool:
    """Whether a field of that name holds what belongs to a person, or opens a door."""
    parts = {part.lower() for part in _PARTS.findall(name)}
    return bool(parts & _WORDS or ("name" in parts and parts & _WHOSE) or parts == {"username"})
