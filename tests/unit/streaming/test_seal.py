"""A sealed dead letter opens to the exact bytes, for a holder of its key, on its own place."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.runtime.errors import StartError
from assay.streaming import Outgoing, Record, headers
from assay.streaming.errors import KeyUnknownError, SealError
from assay.streaming.keys import KeyFile
from assay.streaming.seal import is_sealed, seal, unseal

OURS = (
    (headers.SOURCE, b"orders.raw.app/2/41"),
    (headers.REASON, b"schema"),
    (headers.TRACEPARENT, b"00-t"),
)
LETTER = Outgoing("orders.dead-letters", 2, b"k", b"secret value", (("shop", b"north"), ("no", None), *OURS), 7)

names = st.one_of(st.text(), st.binary().map(lambda raw: raw.decode(errors="surrogateescape"))).filter(
    lambda name: not name.startswith(headers.PREFIX) and name != headers.TRACEPARENT
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFile:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    KeyFile.create(path)
    return KeyFile.read(path, "ASSAY_VALIDATION_KEYS")


def on_the_topic(letter: Outgoing) -> Record:
    return Record(letter.topic, 2, 0, letter.timestamp_ms or 0, letter.key, letter.value, letter.headers)


@given(
    key=st.none() | st.binary(),
    value=st.none() | st.binary(),
    theirs=st.lists(st.tuples(names, st.none() | st.binary()), max_size=4),
)
def test_opening_gives_the_exact_bytes(
    keys: KeyFile, key: bytes | None, value: bytes | None, theirs: list[tuple[str, bytes | None]]
) -> None:
    letter = LETTER._replace(key=key, value=value, headers=(*theirs, *OURS))
    sealed = on_the_topic(seal(letter, keys))
    opened = unseal(sealed, keys)
    assert (opened.key, opened.value, opened.headers) == (key, value, (*theirs, *OURS))


def test_nothing_of_the_producer_is_readable_on_a_sealed_letter(keys: KeyFile) -> None:
    sealed = seal(LETTER, keys)
    assert is_sealed(on_the_topic(sealed))
    assert sealed.key is None
    assert b"secret" not in (sealed.value or b"")
    assert {name for name, _ in sealed.headers} == {name for name, _ in OURS} | {headers.SEAL}
    assert (sealed.topic, sealed.partition, sealed.timestamp_ms) == (LETTER.topic, LETTER.partition, 7)


def test_the_same_letter_is_never_sealed_to_the_same_bytes(keys: KeyFile) -> None:
    assert seal(LETTER, keys).value != seal(LETTER, keys).value


def test_a_letter_that_is_not_sealed_is_left_as_it_is(keys: KeyFile) -> None:
    assert unseal(on_the_topic(LETTER), keys) == on_the_topic(LETTER)


def test_a_sealed_value_does_not_open_on_another_letter(keys: KeyFile) -> None:
    sealed = on_the_topic(seal(LETTER, keys))
    moved = tuple((name, b"orders.raw.app/2/42" if name == headers.SOURCE else value) for name, value in sealed.headers)
    with pytest.raises(SealError, match=r"orders\.dead-letters/2/0"):
        unseal(sealed._replace(headers=moved), keys)


def test_a_changed_byte_does_not_open(keys: KeyFile) -> None:
    sealed = on_the_topic(seal(LETTER, keys))
    assert sealed.value
    changed = sealed.value[:-1] + bytes([sealed.value[-1] ^ 1])
    with pytest.raises(SealError):
        unseal(sealed._replace(value=changed), keys)


@pytest.mark.parametrize("mark", [b"k1", b"k1/", b"k1/zz", b"\xff/00"])
def test_a_mark_that_assay_did_not_write_is_an_error_of_its_own(keys: KeyFile, mark: bytes) -> None:
    with pytest.raises((KeyUnknownError, SealError)):
        unseal(Record("t", 0, 0, 0, None, b"x", ((headers.SEAL, mark),)), keys)


def test_another_key_file_does_not_open_it(keys: KeyFile, tmp_path: Path) -> None:
    KeyFile.create(tmp_path / "other.json")
    with pytest.raises(KeyUnknownError):
        unseal(on_the_topic(seal(LETTER, keys)), KeyFile.read(tmp_path / "other.json", "X"))


def test_a_key_file_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "made" / "keys.json"
    KeyFile.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        KeyFile.create(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"newest":"a","keys":{}}', b'{"newest":"a","keys":{"a":"YQ=="}}', b"\xff"]
)
def test_what_is_no_key_file_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    with pytest.raises(StartError, match="ASSAY_VALIDATION_KEYS") as refused:
        KeyFile.read(path, "ASSAY_VALIDATION_KEYS")
    assert "YQ==" not in str(refused.value)


def test_a_missing_key_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="assay keys create"):
        KeyFile.read(tmp_path / "none.json", "ASSAY_VALIDATION_KEYS")
