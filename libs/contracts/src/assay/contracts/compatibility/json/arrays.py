"""Items: one schema for all of them, or one for each of the first, and what has to be among them."""

from __future__ import annotations

import math

from assay.contracts.compatibility.findings import Break, joined, lifted
from assay.contracts.compatibility.json.samples import item_of, tuple_of
from assay.contracts.compatibility.json.sides import Ask, Pair
from assay.contracts.compatibility.pairs import Compare

__all__ = ["array_breaks"]

_MANY = 20


def array_breaks(pair: Pair) -> Compare[Ask]:
    """What the reader's keywords of arrays refuse of what was written."""
    found: list[Break] = []
    if _is_single(pair.writer) and isinstance(pair.reader.get("items"), list) and pair.reader["items"]:
        message = "all items had one schema, and the first ones have one each now"
        sample = pair.samples.lists(pair.writer, {}, 1)
        found.append(Break("/items", "json-items-form-changed", message, "one schema for all items", sample=sample))
    else:
        found += yield from _items(pair)
    found += yield from _contains(pair)
    return joined(found)


def _is_single(schema: dict[str, object]) -> bool:
    return isinstance(schema.get("items"), dict | bool) and not schema.get("prefixItems")


def _items(pair: Pair) -> Compare[Ask]:
    read, rest = tuple_of(pair.reader)
    written, written_rest = tuple_of(pair.writer)
    step = "/items" if isinstance(pair.reader.get("items"), list) else "/prefixItems"
    after = _word(pair.reader)
    found: list[Break] = []
    for place in range(max(len(read), len(written))):
        way = f"{step}/{place}" if place < len(read) else after
        answer = yield from _item(pair, place, way)
        found += answer
    if not pair.reader_parts.is_all(rest):
        answer = yield pair.ask(rest, written_rest, after)
        if answer and not (pair.context.is_lenient and pair.writer_parts.is_all(written_rest) and (read or written)):
            found += _named(pair, answer, after, (max(len(read), len(written)), "json-additional-items-narrowed"))
    return joined(found)


def _item(pair: Pair, place: int, way: str) -> Compare[Ask]:
    read, _ = tuple_of(pair.reader)
    written, written_rest = tuple_of(pair.writer)
    reader, writer = item_of(pair.reader, place), item_of(pair.writer, place)
    if place < len(read) and place < len(written):
        answer = yield pair.ask(reader, writer, way)
        return lifted(answer, way, pair.in_list(place))
    if pair.context.is_lenient or pair.writer_parts.is_nothing(writer) or pair.reader_parts.is_all(reader):
        return ()
    answer = yield pair.ask(reader, writer, way)
    is_added = place < len(read)
    is_open = pair.writer_parts.is_all(written_rest) if is_added else False
    rule = "json-item-added-to-open" if is_open else "json-item-added-not-covered"
    if not is_added:
        is_closed = pair.reader_parts.is_nothing(reader)
        rule = "json-item-removed-from-closed" if is_closed else "json-item-removed-not-covered"
    return _named(pair, answer, way, (place, rule))


_MESSAGES = {
    "json-additional-items-narrowed": ("items after those that are listed", "what holds for the rest as it was"),
    "json-item-added-to-open": ("any item at a place that is listed now", "{} there, or LENIENT"),
    "json-item-added-not-covered": ("an item at a place that is listed now", "a schema there that takes it"),
    "json-item-removed-from-closed": (
        "an item at a place that is not listed any more",
        "the place kept, or open items",
    ),
    "json-item-removed-not-covered": ("an item at a place that is not listed any more", "the place kept"),
}


def _named(pair: Pair, answer: tuple[Break, ...], way: str, of: tuple[int, str]) -> tuple[Break, ...]:
    """The breaks of an item as one of this rule, where it is not a nested one that says more."""
    place, rule = of
    if not answer:
        return ()
    inner = next((each.sample for each in answer if each.sample), None) or pair.samples.least(
        item_of(pair.writer, place)
    )
    if rule == "json-additional-items-narrowed" and _is_single(pair.reader) and not way.startswith("/add"):
        return lifted(answer, way, pair.in_list(place))
    what, passes = _MESSAGES[rule]
    sample = pair.in_list(place)(inner) if inner else None
    return (Break(way, rule, f"{what} may have been written, and can't be read", passes, sample=sample),)


def _word(schema: dict[str, object]) -> str:
    if isinstance(schema.get("items"), list):
        return "/additionalItems" if "additionalItems" in schema else "/unevaluatedItems"
    return "/items" if "items" in schema else "/unevaluatedItems"


def _contains(pair: Pair) -> Compare[Ask]:
    reader, writer = pair.reader.get("contains"), pair.writer.get("contains")
    if not isinstance(reader, dict | bool):
        return ()
    least, most = pair.reader.get("minContains", 1), pair.reader.get("maxContains", math.inf)
    has_writer = isinstance(writer, dict | bool)
    had_least = pair.writer.get("minContains", 1) if has_writer else 0
    had_most = pair.writer.get("maxContains", math.inf) if has_writer else math.inf
    found: list[Break] = []
    if least > had_least:
        rule = "json-min-contains-raised" if has_writer else "json-contains-added"
        message = f"{least} items that `contains` takes are asked for, and fewer may have been written"
        step = "/minContains" if "minContains" in pair.reader else "/contains"
        one = pair.samples.least(writer) if isinstance(writer, dict | bool) else None
        sample = pair.samples.lists(pair.writer, dict.fromkeys(range(int(had_least)), one) if had_least < _MANY else {})
        found.append(Break(step, rule, message, "contains as it was", sample=sample))
    if most < had_most:
        message = f"at most {most} items that `contains` takes are read, and more may have been written"
        found.append(Break("/maxContains", "json-max-contains-lowered", message, "maxContains as it was"))
    if has_writer and least:
        assert isinstance(writer, dict | bool)  # for mypy
        answer = yield pair.ask(reader, writer, "/contains")
        found += lifted(answer, "/contains", lambda _: None)
        if answer == () and most < math.inf:
            turned = Ask(pair.ask(True, writer).writer, pair.ask(reader, True).reader, f"{pair.path}/contains")
            back = yield turned
            found += (
                [Break("/contains", "json-contains-widened", "more items count now", "contains as it was")]
                if back
                else []
            )
    return joined(found)
