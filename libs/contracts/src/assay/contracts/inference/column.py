"""What the values of one field have in common, gathered record by record in bounded memory."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field

from assay.contracts.inference.looks import LOOKS

__all__ = ["Column", "Run"]

_MOST_VALUES, _MOST_LENGTH, _MOST_FIELDS, _MOST_RUNS, _MOST_HASHES = 64, 60, 1_000, 12, 1_000_000
_RUN = re.compile(r"(?P<upper>[A-Z]+)|(?P<lower>[a-z]+)|(?P<digit>[0-9]+)|.", re.DOTALL | re.ASCII)
_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object", list: "array"}


@dataclass(slots=True)
class Run:
    """Letters of one case, digits or a sign: how many there are, and which where they are always the same."""

    of: str
    least: int
    most: int
    text: str | None


@dataclass(slots=True)
class Column:
    """The values seen at one place; nothing of them is kept but bounds, looks and the few values of a short list."""

    seen: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    looks: Counter[str] = field(default_factory=Counter)
    values: Counter[str | int] = field(default_factory=Counter)
    has_more_values: bool = False
    least: float | None = None
    most: float | None = None
    scale: int = 0
    digits: int = 0
    lengths: tuple[int, int] = (0, 0)
    runs: list[Run] | None = None
    hashes: set[int] = field(default_factory=set)
    fields: dict[str, Column] = field(default_factory=dict)
    has_more_fields: bool = False
    items: Column | None = None

    def add(self, value: object) -> None:
        """Take in a value; null counts as seen and nothing more."""
        self.seen += 1
        kind = _KINDS.get(type(value))
        if kind is None:
            return
        self.kinds[kind] += 1
        if isinstance(value, str):
            self._text(value)
        elif isinstance(value, dict):
            self._object(value)
        elif isinstance(value, list):
            self.items = self.items or Column()
            for each in value:
                self.items.add(each)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._number(value)
        if isinstance(value, str | int) and not isinstance(value, bool) and len(self.hashes) < _MOST_HASHES:
            self.hashes.add(hash(value))

    @property
    def present(self) -> int:
        """How many values there were that are not null."""
        return self.kinds.total()

    @property
    def is_different_everywhere(self) -> bool:
        """Whether no two values were the same."""
        return len(self.hashes) == self.present == self.seen > 0

    def _number(self, value: float) -> None:
        if not -math.inf < value < math.inf:  # no bound, and NaN is in no order
            return
        self.least = value if self.least is None else min(self.least, value)
        self.most = value if self.most is None else max(self.most, value)
        if isinstance(value, int):
            self._value(value)

    def _text(self, text: str) -> None:
        least, most = self.lengths
        first = self.kinds["string"] == 1
        self.lengths = (len(text), len(text)) if first else (min(least, len(text)), max(most, len(text)))
        for name, look in LOOKS.items():
            # a look that earlier texts did not have is no look of the field; a few exceptions may be bad records
            if self.looks[name] * 2 + 8 >= self.kinds["string"] and look(text):
                self.looks[name] += 1
        if LOOKS["decimal"](text):
            whole, _, fraction = text.lstrip("-").partition(".")
            self.scale, self.digits = max(self.scale, len(fraction)), max(self.digits, len(whole))
        self.runs = _joined(self.runs, text, first=first)
        self._value(text)

    def _value(self, value: str | int) -> None:
        if self.has_more_values:
            return
        if isinstance(value, str) and len(value) > _MOST_LENGTH:
            self.has_more_values = True
        elif value in self.values or len(self.values) < _MOST_VALUES:
            self.values[value] += 1
        else:
            self.has_more_values = True
        if self.has_more_values:
            self.values.clear()

    def _object(self, value: dict[object, object]) -> None:
        for name in self.fields.keys() - value.keys():
            self.fields[name].add(None)
        for key, each in value.items():
            text = str(key)
            if text not in self.fields:
                if len(self.fields) >= _MOST_FIELDS:
                    self.has_more_fields = True
                    continue
                self.fields[text] = Column(seen=self.kinds["object"] - 1)  # the objects before did not have it
            self.fields[text].add(each)


def _joined(runs: list[Run] | None, text: str, *, first: bool) -> list[Run] | None:
    """The runs of texts so far and of one more; None where they are not built alike."""
    if (runs is None and not first) or not 0 < len(text) <= _MOST_LENGTH:
        return None
    found = [(each.lastgroup or each[0], each[0]) for each in _RUN.finditer(text)]
    if len(found) > _MOST_RUNS or not text.isascii():
        return None
    if runs is None:
        return [Run(of, len(part), len(part), part) for of, part in found]
    if [run.of for run in runs] != [of for of, _ in found]:
        return None
    for run, (_, part) in zip(runs, found, strict=True):
        run.least, run.most = min(run.least, len(part)), max(run.most, len(part))
        run.text = part if run.text == part else None
    return runs
