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
_SECRET = re.compile(
    r"(?:bearer|basic) \S{3,}|eyJ[\w-]{8,}\.[\w-]{4,}\S*|(?:AKIA|ASIA)[A-Z0-9]{16}|(?:sk|pk|rk)_(?:live|test)_\S+"
    r"|gh[opsu]_\w{20,}|github_pat_\w+|xox[abprs]-\S+|-----BEGIN .*",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
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
    "secret": lambda text: _SECRET.fullmatch(text) is not None,
    "uri": lambda text: _URI.fullmatch(text) is not None,
    "decimal": lambda text: _DECIMAL.fullmatch(text) is not None,
}
"""What a text may look like; a text has several looks."""

PERSONAL_LOOKS = {
    "email": "an email address", "phone": "a phone number", "iban": "a bank account", "card": "the number of a card",
    "address": "an IP address", "secret": "a secret",
}  # fmt: skip
"""Looks of values that belong to a person or open a door, in words."""

_WORDS = frozenset(
    (
        "address", "apikey", "auth", "authorization", "birth", "birthdate", "birthday", "card", "cookie", "credential",
        "credentials", "cvc", "cvv", "dob", "email", "fax", "firstname", "forename", "fullname", "gender", "iban", "ip",
        "jwt", "lastname", "mail", "mobile", "nickname", "passphrase", "passport", "passwd", "password", "phone", "pin",
        "pwd", "salary", "secret", "ssn", "street", "surname", "tel", "telephone", "token",
    )
)  # fmt: skip
_WHOSE = frozenset(("contact", "customer", "driver", "first", "full", "holder", "last", "middle", "patient", "user"))
_PAIRS = (
    {"api", "key"}, {"access", "key"}, {"private", "key"}, {"session", "id"}, {"national", "id"}, {"tax", "id"},
    {"account", "number"},
)  # fmt: skip
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+", re.ASCII)


def is_personal_value(text: str) -> bool:
    """Whether a text looks like what belongs to a person."""
    return any(LOOKS[look](text) for look in PERSONAL_LOOKS)


def is_personal_name(name: str) -> bool:
    """Whether a field of that name holds what belongs to a person, or opens a door."""
    parts = {part.lower() for part in _PARTS.findall(name)}
    is_pair = any(pair <= parts for pair in _PAIRS)
    return bool(parts & _WORDS or is_pair or ("name" in parts and parts & _WHOSE) or parts == {"username"})
