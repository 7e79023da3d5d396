"""Each step: what it makes of a record, and when it leaves the record alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Mended = Callable[[str, object], object]

DONE: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "set puts a constant in place of what was there": ("- set: {state: NEW}", {"state": "x"}, {"state": "NEW"}),
    "set reaches into an object": (
        "- set: {/place/zip: '00000'}",
        {"place": {"zip": 1, "city": "B"}},
        {"place": {"zip": "00000", "city": "B"}},
    ),
    "set reaches every place of an array": (
        "- set: {/items/*/count: 1}",
        {"items": [{"sku": "a", "count": "x"}, {"sku": "b"}]},
        {"items": [{"sku": "a", "count": 1}, {"sku": "b", "count": 1}]},
    ),
    "set takes an array or an object too": (
        "- set: {tags: [a], place: {zip: '1'}}",
        {"tags": 1},
        {"tags": ["a"], "place": {"zip": "1"}},
    ),
    "default fills what is absent": ("- default: {state: NEW}", {}, {"state": "NEW"}),
    "default fills null": ("- default: {state: NEW}", {"state": None}, {"state": "NEW"}),
    "default leaves what is there": ("- default: {state: NEW}", {"state": "PAID"}, {"state": "PAID"}),
    "default fills each place of an array where it is absent": (
        "- default: {/items/*/count: 1}",
        {"items": [{"count": 2}, {}]},
        {"items": [{"count": 2}, {"count": 1}]},
    ),
    "default makes no object around it": ("- default: {/place/zip: '1'}", {}, {}),
    "copy puts there what is elsewhere": ("- copy: {first: name}", {"first": "A"}, {"first": "A", "name": "A"}),
    "copy goes from place to place of an array": (
        "- copy: {/items/*/code: /items/*/sku}\n- drop: [/items/*/code]",
        {"items": [{"code": "a"}, {"code": "b"}]},
        {"items": [{"sku": "a"}, {"sku": "b"}]},
    ),
    "rename gives a field another name": ("- rename: {amt: amount}", {"amt": 1}, {"amount": 1}),
    "rename takes the place of null": ("- rename: {amt: amount}", {"amount": None, "amt": 1}, {"amount": 1}),
    "rename reaches every place of an array": (
        "- rename: {/items/*/code: sku}",
        {"items": [{"code": "a"}, {"sku": "b"}]},
        {"items": [{"sku": "a"}, {"sku": "b"}]},
    ),
    "move takes a value out of an object": (
        "- move: {/place/sum: amount}",
        {"place": {"sum": 1}},
        {"place": {}, "amount": 1},
    ),
    "drop takes fields out": ("- drop: [x, /place/y]", {"x": 1, "place": {"y": 1}}, {"place": {}}),
    "drop does without what is not there": ("- drop: [x]", {"amount": 1}, {"amount": 1}),
    "drop takes every item that a pointer names": ("- drop: [/tags/0]", {"tags": [1, "a"]}, {"tags": ["a"]}),
    "cast gives a value another type": ("- cast: {amount: integer}", {"amount": "12"}, {"amount": 12}),
    "cast leaves absent what is absent": ("- cast: {amount: integer}", {}, {}),
    "cast reaches every place of an array": (
        "- cast: {/items/*/count: integer}",
        {"items": [{"count": "1"}, {"count": 2}]},
        {"items": [{"count": 1}, {"count": 2}]},
    ),
    "cast keeps all digits of a decimal": ("- cast: {exact: string}", {"exact": 12}, {"exact": "12"}),
    "parse reads a date": ("- parse: {day: {format: dd.MM.yyyy}}", {"day": "28.02.2013"}, {"day": "2013-02-28"}),
    "parse writes the contract's spelling": (
        "- parse: {local_day: {format: yyyy-MM-dd}}",
        {"local_day": "2013-02-28"},
        {"local_day": "28.02.2013"},
    ),
    "parse reads a clock of a time zone": (
        "- parse: {at: {format: 'dd.MM.yyyy HH:mm', timezone: Europe/Berlin}}",
        {"at": "28.02.2013 10:30"},
        {"at": "2013-02-28T09:30:00Z"},
    ),
    "parse reads an offset": (
        "- parse: {at: {format: 'yyyyMMdd HHmmssZ'}}",
        {"at": "20130228 103000+0100"},
        {"at": "2013-02-28T09:30:00Z"},
    ),
    "parse reads milliseconds since 1970": (
        "- parse: {at: {epoch: ms}}",
        {"at": 1361959200123},
        {"at": "2013-02-27T10:00:00.123Z"},
    ),
    "parse reads a number with a comma": (
        "- parse: {price: {decimal: ',', thousands: '.'}}",
        {"price": "-1.234.567,25"},
        {"price": -1234567.25},
    ),
    "parse reads an integer with marks of thousands": (
        '- parse: {amount: {thousands: ","}}',
        {"amount": "1,234"},
        {"amount": 1234},
    ),
    "parse keeps all digits of a decimal": (
        "- parse: {exact: {decimal: ','}}",
        {"exact": "123456789012345678,25"},
        {"exact": "123456789012345678.25"},
    ),
    "trim takes white space from both ends": ("- trim: [state]", {"state": " NEW\n"}, {"state": "NEW"}),
    "trim reaches every place of an array": (
        "- trim: [/tags/*]\n- drop: [x]",
        {"tags": [" a", "b "], "x": 1},
        {"tags": ["a", "b"]},
    ),
    "case writes in capitals": ("- case: {state: upper}", {"state": "new"}, {"state": "NEW"}),
    "case writes in lower letters": ("- case: {name: lower}\n- drop: [x]", {"name": "ÄB", "x": 1}, {"name": "äb"}),
    "map puts a value in place of another": (
        "- map: {state: {values: {open: NEW, '1': PAID}}}",
        {"state": 1},
        {"state": "PAID"},
    ),
    "map leaves what is a result already": (
        "- map: {state: {values: {open: NEW}}}",
        {"state": "NEW"},
        {"state": "NEW"},
    ),
    "map has a value for all others": (
        "- map: {state: {values: {open: NEW}, default: PAID}}",
        {"state": "closed"},
        {"state": "PAID"},
    ),
    "split makes several texts of one": (
        "- split: {full: {separator: ' ', into: [first, last]}}\n- drop: [full]",
        {"full": "Ada Lovelace"},
        {"first": "Ada", "last": "Lovelace"},
    ),
    "split makes an array": (
        "- split: {tags: {separator: ',', into: tags}}",
        {"tags": "a,b"},
        {"tags": ["a", "b"]},
    ),
    "merge makes one text of several": (
        "- merge: {name: {of: [a, n], separator: ' '}}\n- drop: [a, n]",
        {"a": "Ada", "n": 2},
        {"name": "Ada 2"},
    ),
    "merge makes an array": (
        "- merge: {tags: {of: [a, b]}}\n- drop: [a, b]",
        {"a": "x", "b": "y"},
        {"tags": ["x", "y"]},
    ),
    "patch does all operations of RFC 6902": (
        """\
- patch:
    - {op: test, path: /tags, value: [b, c]}
    - {op: add, path: /tags/0, value: a}
    - {op: add, path: /tags/-, value: d}
    - {op: replace, path: /tags/1, value: B}
    - {op: remove, path: /tags/2}
    - {op: copy, from: /tags/0, path: /first}
    - {op: move, from: /y, path: /last}
""",
        {"tags": ["b", "c"], "y": "z"},
        {"tags": ["a", "B", "d"], "first": "a", "last": "z"},
    ),
    "patch takes a record out of what it was wrapped in": (
        "- patch: [{op: move, from: /data, path: ''}]",
        {"data": {"id": "1", "amount": 1}},
        {"amount": 1},
    ),
    "evaluate puts there what an expression gives": (
        "- evaluate: {price: 'double(amount) * 1.5'}\n- drop: [x]",
        {"amount": 2, "x": 1},
        {"amount": 2, "price": 3.0},
    ),
    "evaluate sees fields that the contract does not have": (
        "- evaluate: {amount: 'record.net + record.tax'}\n- drop: [net, tax]",
        {"net": 1, "tax": 2},
        {"amount": 3},
    ),
    "evaluate makes an integer of a whole number": (
        "- evaluate: {amount: 'price / 0.5'}\n- drop: [x]",
        {"price": 2.0, "x": 1},
        {"price": 2.0, "amount": 4},
    ),
    "evaluate makes a timestamp": (
        "- evaluate: {at: \"timestamp(string(record.d) + 'T00:00:00Z')\"}\n- drop: [d]",
        {"d": "2013-02-28"},
        {"at": "2013-02-28T00:00:00Z"},
    ),
    "a step sees what the one before it made": (
        "- rename: {amt: amount}\n- trim: [amount]\n- cast: {amount: integer}",
        {"amt": " 7 "},
        {"amount": 7},
    ),
}


@pytest.mark.parametrize(("steps", "before", "after"), DONE.values(), ids=DONE)
def test_a_step_does_what_it_says(mended: Mended, steps: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    assert mended(steps, {"id": "1"} | before) == {"id": "1"} | after


LEFT: dict[str, tuple[str, dict[str, Any], str]] = {
    "set has no object to reach into": (
        "- set: {/place/zip: '1'}",
        {"x": 1},
        "/place/zip: there is nothing to hold it",
    ),
    "copy has nothing to copy": ("- copy: {amt: amount}\n- drop: [amt]", {}, "amt: nothing is there to copy"),
    "rename has nothing to rename": ("- rename: {amt: amount}", {"x": 1}, "amt: nothing is there"),
    "rename loses no value": (
        "- rename: {amt: amount}",
        {"amt": 1, "amount": 2},
        "/amount: something is there already; drop it before",
    ),
    "move loses no value": (
        "- move: {amt: amount}",
        {"amt": 1, "amount": 2},
        "amount: something is there already; drop it before",
    ),
    "cast is not exact": (
        "- cast: {amount: integer}",
        {"amount": "1.5"},
        "amount: a string of 3 characters has no exact counterpart of type integer",
    ),
    "parse meets another spelling": (
        "- parse: {day: {format: dd.MM.yyyy}}",
        {"day": "2/28/2013"},
        "day: it is not written like 28.02.2013",
    ),
    "parse meets a day that the calendar does not have": (
        "- parse: {day: {format: dd.MM.yyyy}}",
        {"day": "30.02.2013"},
        "day: it is not written like 28.02.2013",
    ),
    "parse meets a time that clocks show twice": (
        "- parse: {at: {format: 'dd.MM.yyyy HH:mm', timezone: Europe/Berlin}}",
        {"at": "27.10.2013 02:30"},
        "at: clocks of Europe/Berlin show that time twice, or never",
    ),
    "parse meets a time that clocks never show": (
        "- parse: {at: {format: 'dd.MM.yyyy HH:mm', timezone: Europe/Berlin}}",
        {"at": "31.03.2013 02:30"},
        "at: clocks of Europe/Berlin show that time twice, or never",
    ),
    "parse meets marks of thousands where none belong": (
        "- parse: {price: {decimal: ',', thousands: '.'}}",
        {"price": "12.34"},
        "price: it is not written like 1.234,5",
    ),
    "parse meets a number that no double is": (
        "- parse: {price: {decimal: ','}}",
        {"price": "0,1234567890123456789"},
        "price: it has no exact counterpart of type number",
    ),
    "trim meets what is no text": ("- trim: [state]", {"state": 1}, "state: found integer where text is due"),
    "map has nothing for a value": (
        "- map: {state: {values: {open: NEW}}}",
        {"state": "other"},
        "state: the map has nothing for what is there, string of 5 characters",
    ),
    "split makes too many parts": (
        "- split: {full: {separator: ' ', into: [first, last]}}\n- drop: [full]",
        {"full": "a b c"},
        "full: it has 3 parts, not 2",
    ),
    "merge misses a part": (
        "- merge: {name: {of: [a, b], separator: ' '}}\n- drop: [a, b]",
        {"a": "x"},
        "name: a part of it is not there",
    ),
    "patch tests for another value": (
        "- patch: [{op: test, path: /amount, value: true}]",
        {"amount": 1, "x": 1},
        "operation 1 of the patch, test /amount: another value is there",
    ),
    "patch goes beyond the end of an array": (
        "- patch: [{op: add, path: /tags/2, value: a}]",
        {"tags": ["a"], "x": 1},
        "operation 1 of the patch, add /tags/2: the array has no such place",
    ),
    "patch moves a value into itself": (
        "- patch: [{op: move, from: /place, path: /place/zip}]",
        {"place": {}, "x": 1},
        "operation 1 of the patch, move /place/zip: there is nothing to hold it",
    ),
    "evaluate has no value": (
        "- evaluate: {price: 'record.net * 2.0'}",
        {"x": 1},
        "price: the expression has no value on this record",
    ),
    "evaluate gives no number of JSON": (
        "- evaluate: {price: '1.0 / price'}",
        {"price": 0.0, "x": 1},
        "price: the expression gives no number that JSON has",
    ),
    "evaluate asks for too much work": (
        "- evaluate: {amount: 'size(tags.filter(x, tags.exists(y, x == y)))'}",
        {"tags": [str(number) for number in range(1000)], "x": 1},
        "amount: the expression asks for more work than any may have",
    ),
}


@pytest.mark.parametrize(("steps", "before", "why"), LEFT.values(), ids=LEFT)
def test_a_record_is_left_where(mended: Mended, steps: str, before: dict[str, Any], why: str) -> None:
    assert mended(steps, {"id": "1"} | before) == f"flow mend: {why}"
