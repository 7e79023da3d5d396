from __future__ import annotations

from assay.cli.trace.evidence import _Failed
from assay.streaming import Record


def record(topic: str, offset: int, header: str, value: str) -> Record:
    return Record(topic, 0, offset, 1, None, b"{}", ((header, value.encode()),))


def failed() -> _Failed:
    """raw 7 failed (letter 1), was replayed (replay 0), failed again (letter 2), was replayed again (replay 1)."""
    found = _Failed()
    for at, source in (("d/0/1", "f.raw.app/0/7"), ("d/0/2", "r/0/0")):
        found.letters[at] = found.letters_by_source[source] = record("d", int(at[-1]), "assay-source", source)
    for at, letter in (("r/0/0", "d/0/1"), ("r/0/1", "d/0/2")):
        found.replays[at] = found.replays_by_letter[letter] = record("r", int(at[-1]), "assay-dead-letter", letter)
    return found


def test_every_place_of_a_record_leads_to_its_first() -> None:
    places = ("r/0/1", "d/0/2", "r/0/0", "d/0/1", "f.raw.app/0/7")

    assert {failed().root_of(at) for at in places} == {"f.raw.app/0/7"}


def test_a_record_is_followed_through_all_its_replays() -> None:
    assert failed().family_of("f.raw.app/0/7") == ["f.raw.app/0/7", "r/0/0", "r/0/1"]


def test_a_record_that_never_failed_stands_alone() -> None:
    assert failed().family_of("f.raw.app/0/8") == ["f.raw.app/0/8"]
