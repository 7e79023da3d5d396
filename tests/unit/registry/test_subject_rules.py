"""The rules of subjects as properties: names, settings, metadata, numbers, and what is decided."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.contracts.compatibility import Kind, Mode, Policy
from assay.registry.subjects.content import LATEST, Content, SubjectVersion, fingerprint, live, read_version
from assay.registry.subjects.data_contracts import merge_metadata, merge_rules, properties, read_metadata, read_rules
from assay.registry.subjects.deletion import subject_deletable, version_deletable
from assay.registry.subjects.errors import (
    NotPermittedError,
    SubjectError,
    SubjectInvalidError,
    SubjectLiveError,
    VersionInvalidError,
)
from assay.registry.subjects.json_values import parse_object
from assay.registry.subjects.names import SubjectName, read_context, read_scope, read_subject
from assay.registry.subjects.registration import Addition, Candidate, Seen, decide, identified
from assay.registry.subjects.settings import Access, Settings, inherited, updated

WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)
NAMES = WORDS.filter(lambda name: not name.startswith(("__", ":.")))
CONTEXTS = WORDS.map(lambda word: "." + word.replace(":", "").replace(".", "")).filter(lambda name: len(name) > 1)
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "properties": st.dictionaries(WORDS, WORDS, max_size=4),
        "tags": st.dictionaries(WORDS, st.lists(WORDS, unique=True, max_size=3), max_size=3),
        "sensitive": st.lists(WORDS, unique=True, max_size=3),
    },
)
RULES = st.lists(WORDS, unique=True, max_size=4).map(
    lambda names: {
        "domainRules": [{"name": name, "kind": "CONDITION", "mode": "WRITE", "type": "CEL"} for name in names]
    }
)


def metadata(found: object) -> str:
    return read_metadata(parse_object(json.dumps(found)))


def rules(found: object) -> str:
    return read_rules(parse_object(json.dumps(found)))


SETTINGS = st.builds(
    Settings,
    st.none() | st.sampled_from(Mode),
    st.none() | st.sampled_from(Policy),
    st.none() | WORDS,
    st.none() | WORDS,
    st.none() | st.booleans(),
    st.none() | st.booleans(),
    st.none() | st.booleans(),
    st.none() | METADATA.map(lambda found: metadata(found) or None),
    st.none() | METADATA.map(lambda found: metadata(found) or None),
    st.none() | RULES.map(lambda found: rules(found) or None),
    st.none() | RULES.map(lambda found: rules(found) or None),
)
SUBJECT = SubjectName(name="s")


def record(*fields: str) -> str:
    return json.dumps({"type": "record", "name": "R", "fields": [{"name": name, "type": "string"} for name in fields]})


def seen(*deleted: bool, access: Access = Access.READWRITE) -> Seen:
    """A subject with a version for each, deleted or not."""
    bare = Seen(SUBJECT, Settings(level=Mode.NONE), access, (), {(): {}})
    versions = []
    for number, is_deleted in enumerate(deleted, 1):
        content, guid = identified(bare, Candidate(Content(Kind.AVRO, record(f"f{number}"))))
        versions.append(SubjectVersion(SUBJECT, number, number, guid, content, is_deleted))
    return Seen(SUBJECT, bare.settings, access, tuple(versions), {(): {}})


@given(CONTEXTS, NAMES)
def test_name_is_read_as_it_is_written(context: str, name: str) -> None:
    for subject in (SubjectName(context, name), SubjectName(name=name)):
        assert read_subject(str(subject)) == subject
    assert read_subject(name, context) == SubjectName(context, name)
    assert read_scope(f":{context}:") == SubjectName(context)
    assert read_context(context) == read_context(f":{context}:") == context


@given(st.text(max_size=60))
def test_text_is_a_name_or_an_error_of_its_own(text: str) -> None:
    with suppress(SubjectInvalidError):
        assert read_subject(text).name


@given(st.text(max_size=12) | st.integers().map(str))
def test_version_is_a_number_of_31_bits_or_the_latest(text: str) -> None:
    try:
        number = read_version(text)
    except VersionInvalidError:
        return
    assert number == LATEST or 1 <= number < 2**31


@given(SETTINGS)
def test_settings_are_read_as_they_are_answered(settings: Settings) -> None:
    assert Settings.of(settings.as_json()) == settings
    assert Settings.of(settings.as_json(level_key="compatibility")) == settings
    assert updated(settings, {}) == settings
    assert updated(settings, dict.fromkeys(settings.as_json())) == Settings()


@given(SETTINGS, SETTINGS)
def test_nearest_scope_that_says_it_is_followed(own: Settings, above: Settings) -> None:
    holds = inherited(own, above)

    assert holds.level == (own.level or above.level or Mode.BACKWARD)
    assert holds.alias == own.alias
    assert holds.normalize == (above.normalize if own.normalize is None else own.normalize)


@given(METADATA, METADATA)
def test_merged_metadata_has_what_either_has_and_the_upper_ones_properties(
    low: dict[str, object], high: dict[str, object]
) -> None:
    below, above = (metadata(each) for each in (low, high))
    merged = merge_metadata(below, above)

    assert properties(merged) == {**properties(below), **properties(above)}
    assert merge_metadata(merged, above) == merged
    assert merge_metadata(below, "") == below


@given(RULES, RULES)
def test_merged_rules_have_each_name_once(low: dict[str, object], high: dict[str, object]) -> None:
    below, above = (rules(each) for each in (low, high))
    merged = json.loads(merge_rules(below, above) or "{}")
    names = [rule["name"] for rule in merged.get("domainRules", [])]

    assert len(names) == len(set(names))
    assert merge_rules(merge_rules(below, above), above) == merge_rules(below, above)


@given(st.text(), st.text(), st.text())
def test_guid_tells_contents_apart_by_every_part(identity: str, company: str, more: str) -> None:
    base = fingerprint(Content(Kind.AVRO, ""), "x")
    other = fingerprint(Content(Kind.AVRO, "any text", (), company, more), identity)

    assert (base == other) == ((identity, company, more) == ("x", "", ""))


@given(st.lists(st.booleans(), max_size=5))
def test_new_schema_takes_the_number_after_all_there_ever_were(deleted: list[bool]) -> None:
    decided = decide(seen(*deleted), Candidate(Content(Kind.AVRO, record("new"))))

    assert isinstance(decided, Addition)
    assert (decided.version, decided.id) == (len(deleted) + 1, None)


@given(st.lists(st.booleans(), min_size=1, max_size=5), st.data())
def test_schema_that_is_there_is_found_if_it_lives_and_added_again_if_it_is_deleted(
    deleted: list[bool], data: st.DataObject
) -> None:
    subject = seen(*deleted)
    one = data.draw(st.sampled_from(subject.versions))
    decided = decide(subject, Candidate(one.content))

    assert decided == one if not one.is_deleted else isinstance(decided, Addition)


@given(st.lists(st.booleans(), min_size=1, max_size=5))
def test_only_what_is_soft_deleted_goes_for_good_and_only_what_lives_softly(deleted: list[bool]) -> None:
    subject = seen(*deleted)

    for each in subject.versions:
        if each.is_deleted:
            assert version_deletable(subject, each.version, permanent=True) == each
        else:
            assert version_deletable(subject, each.version, permanent=False) == each
        with pytest.raises(SubjectError):
            version_deletable(subject, each.version, permanent=not each.is_deleted)
    if live(subject.versions):
        with pytest.raises(SubjectLiveError):
            subject_deletable(subject, permanent=True)


@pytest.mark.parametrize("access", [Access.READONLY, Access.READONLY_OVERRIDE])
def test_read_only_refuses_every_decision(access: Access) -> None:
    subject = seen(False, access=access)

    with pytest.raises(NotPermittedError):
        decide(subject, Candidate(subject.versions[0].content))
    with pytest.raises(NotPermittedError):
        subject_deletable(subject, permanent=False)
