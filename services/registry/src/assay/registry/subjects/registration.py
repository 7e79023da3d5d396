"""Whether a schema is registered already, may become a version, or is refused: pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assay.contracts import SchemaError
from assay.contracts.compatibility import (
    BUDGET,
    Break,
    Comparison,
    Compatibility,
    Kind,
    Mode,
    Outcome,
    Policy,
    SchemaText,
    check,
)
from assay.contracts.schemas import ReadSchema, formatted, read_schema, reserved
from assay.registry.subjects.content import Content, References, SubjectVersion, fingerprint, live
from assay.registry.subjects.data_contracts import merge_metadata, merge_rules, properties, reserved_names
from assay.registry.subjects.errors import (
    GovernedError,
    IncompatibleError,
    NotPermittedError,
    SchemaInvalidError,
)
from assay.registry.subjects.names import SubjectName
from assay.registry.subjects.settings import Access, Settings

__all__ = ["Addition", "Candidate", "Seen", "completed", "decide", "found", "identified", "read", "reasons"]

WORK = 100_000
"""Pairs that one request may compare over all versions, about five seconds of work at most."""
LEAST_WORK = 500
"""Pairs for each version, however many there are."""
MAX_SEEN = 64 * 1024 * 1024
"""Characters of a subject's versions and what they refer to: each request about it reads them all."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a client asks to be registered; id and version are given where it imports."""

    content: Content
    id: int | None = None
    version: int | None = None
    normalize: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """All of the store that a decision rests on; where it is the same later, so is the decision."""

    subject: SubjectName
    settings: Settings
    access: Access
    versions: tuple[SubjectVersion, ...]
    texts: References

    @property
    def size(self) -> int:
        """Characters of all texts that a decision may read."""
        texts = sum(len(text) for closure in self.texts.values() for text in closure.values())
        return texts + sum(len(each.content.text) for each in self.versions)

    @property
    def contract(self) -> str:
        """The contract that governs the subject, "" where none does."""
        return next((each.contract for each in reversed(live(self.versions)) if each.contract), "")


@dataclass(frozen=True, slots=True)
class Addition:
    """A version to be added; without an id it takes that of the same content, or the next."""

    content: Content
    guid: str
    version: int
    id: int | None = None


def decide(seen: Seen, candidate: Candidate) -> SubjectVersion | Addition:
    """Return the version that is this schema already, or what to add.

    Raises:
        NotPermittedError: the mode forbids it.
        GovernedError: the subject is a contract's, and no applied version carries this schema.
        SchemaInvalidError: it is none, or its number is not the next.
        IncompatibleError: it breaks with a version before it.
    """
    if not seen.contract:
        _check_access(seen, candidate)
    if not candidate.content.text:
        candidate = replace(candidate, content=_with_text(seen, candidate.content))
    schema = _settled(seen, candidate)
    if same := _same(seen, candidate, schema):
        return same
    if seen.contract:
        raise GovernedError(seen.subject, seen.contract, "no applied version carries this schema")
    if seen.access is not Access.IMPORT:
        candidate = replace(candidate, content=completed(seen, candidate.content))
        if same := _same(seen, candidate, schema):
            return same
        if broken := reasons(seen, candidate.content, live(seen.versions)):
            raise IncompatibleError(seen.subject, broken)
    if seen.size > MAX_SEEN:
        raise SchemaInvalidError(
            f"subject {seen.subject} and what it refers to have {seen.size} characters; {MAX_SEEN} are the most: delete "
            "versions for good, or use another subject"
        )
    guid = fingerprint(candidate.content, schema.identity)
    return Addition(replace(candidate.content, text=schema.text), guid, _number(seen, candidate), candidate.id)


def found(seen: Seen, candidate: Candidate, *, deleted: bool = False) -> SubjectVersion | None:
    """The newest version of the subject that has this content; raises SchemaInvalidError."""
    return _same(seen, candidate, _settled(seen, candidate), deleted=deleted)


def identified(seen: Seen, candidate: Candidate) -> tuple[Content, str]:
    """The content as it is kept, and its guid; raises SchemaInvalidError."""
    schema = _settled(seen, candidate)
    return replace(candidate.content, text=schema.text), fingerprint(candidate.content, schema.identity)


def read(content: Content, texts: References) -> ReadSchema:
    """The schema, read.

    Raises:
        SchemaInvalidError: it is none.
    """
    if not content.text:
        raise SchemaInvalidError("it is empty")
    try:
        return read_schema(_text(content, texts))
    except SchemaError as error:
        raise SchemaInvalidError(str(error)) from error


def completed(seen: Seen, content: Content) -> Content:
    """The content as it would be registered.

    Metadata and rules that were left out are those of the latest version; defaults below, overrides above."""
    versions, settings = live(seen.versions), seen.settings
    latest = versions[-1].content if versions else Content(content.kind, "")
    metadata, rules = content.metadata or latest.metadata, content.rules or latest.rules
    metadata = merge_metadata(
        merge_metadata(settings.default_metadata or "", metadata), settings.override_metadata or ""
    )
    rules = merge_rules(merge_rules(settings.default_rules or "", rules), settings.override_rules or "")
    return replace(content, metadata=metadata, rules=rules)


def reasons(seen: Seen, content: Content, before: Sequence[SubjectVersion]) -> tuple[str, ...]:
    """Why the schema may not follow those versions before it that the mode asks for, in words; empty where it may.

    Raises:
        SchemaInvalidError: the schema, or a version it is compared with, is none.
    """
    try:
        names = reserved_names(content.metadata)
        taken = reserved(_text(content, seen.texts), names) if names else ()
        return tuple(_told(each) for each in taken) or _compared(content, before, seen.texts, seen.settings)
    except SchemaError as error:
        raise SchemaInvalidError(str(error)) from error


def _compared(
    content: Content, before: Sequence[SubjectVersion], texts: References, settings: Settings
) -> tuple[str, ...]:
    mode = settings.level or Mode.BACKWARD
    if settings.group:
        mark = properties(content.metadata).get(settings.group)
        before = [each for each in before if properties(each.content.metadata).get(settings.group) == mark]
    if not mode.directions or not before:
        return ()
    before = before if mode.is_transitive else before[-1:]
    budget = min(max(WORK // (len(before) * len(mode.directions)), LEAST_WORK), BUDGET)
    said = check(
        _text(content, texts),
        [_text(each.content, texts) for each in before],
        mode,
        policy=settings.policy or Policy.STRICT,
        budget=budget,
    )
    return _in_words(said, before, mode)


def _settled(seen: Seen, candidate: Candidate) -> ReadSchema:
    """The schema of a candidate, normalised where that is asked for."""
    schema = read(candidate.content, seen.texts)
    if candidate.normalize or seen.settings.normalize:
        return read(replace(candidate.content, text=schema.normalized), seen.texts)
    return schema


def _same(seen: Seen, candidate: Candidate, schema: ReadSchema, *, deleted: bool = False) -> SubjectVersion | None:
    among = [each for each in seen.versions if deleted or not each.is_deleted]
    if seen.contract:
        return _carried(seen, schema, among)
    guid = fingerprint(candidate.content, schema.identity)
    same = [each for each in among if each.guid == guid and candidate.id in (None, each.id)]
    return same[-1] if same else _resolved(seen, candidate, schema, among)


def _check_access(seen: Seen, candidate: Candidate) -> None:
    if seen.access.is_read_only:
        raise NotPermittedError(f"Subject {seen.subject} in context {seen.subject.context} is in read-only mode")
    if candidate.id is not None and seen.access is not Access.IMPORT:
        raise NotPermittedError(f"Subject {seen.subject} in context {seen.subject.context} is not in import mode")
    if candidate.id is None and seen.access is Access.IMPORT:
        raise NotPermittedError(
            f"Subject {seen.subject} in context {seen.subject.context} is in import mode: give the schema its id"
        )


def _with_text(seen: Seen, content: Content) -> Content:
    """A schema that was left out is that of the latest version: only metadata or rules are new."""
    versions = live(seen.versions)
    if not versions or not (content.metadata or content.rules):
        raise SchemaInvalidError("it is empty")
    latest = versions[-1].content
    return replace(content, kind=latest.kind, text=latest.text, references=latest.references)


def _number(seen: Seen, candidate: Candidate) -> int:
    following = max((each.version for each in seen.versions), default=0) + 1
    if candidate.version in (None, following):
        return following
    assert candidate.version is not None
    if seen.access is not Access.IMPORT:
        raise SchemaInvalidError(
            f"version {candidate.version} is not one more than the previous version; it is {following}"
        )
    if any(each.version == candidate.version and not each.is_deleted for each in seen.versions):
        raise NotPermittedError(f"Overwrite version {candidate.version} of subject {seen.subject} is not permitted.")
    return candidate.version


def _carried(seen: Seen, mine: ReadSchema, among: list[SubjectVersion]) -> SubjectVersion | None:
    """The newest version of the contract that carries this schema, be it written in another way."""
    tried: set[str] = set()
    for each in reversed(among):
        if each.content.kind is mine.kind and each.contract and each.content.text not in tried:
            tried.add(each.content.text)
            theirs = read(each.content, seen.texts)
            if mine.identity == theirs.identity or mine.normalized == theirs.normalized:
                return each
    return None


def _resolved(seen: Seen, candidate: Candidate, mine: ReadSchema, among: list[SubjectVersion]) -> SubjectVersion | None:
    """The newest version with references that was sent with all of them written out, as Avro's clients may."""
    if mine.kind is not Kind.AVRO or candidate.content.references or candidate.id is not None:
        return None
    for each in reversed(among):
        references = each.content.references
        if each.content.kind is Kind.AVRO and references and references in seen.texts:
            text = formatted(_text(each.content, seen.texts), "resolved")
            if read(replace(each.content, text=text, references=()), seen.texts).identity == mine.identity:
                return each
    return None


def _text(content: Content, texts: References) -> SchemaText:
    return SchemaText(content.kind, content.text, texts.get(content.references, {}))


def _in_words(said: Compatibility, before: Sequence[SubjectVersion], mode: Mode) -> tuple[str, ...]:
    words: list[str] = []
    for each in said.comparisons:
        words.extend(_comparison(each, before[each.version].version))
    return (*words, f"{{compatibility: '{mode}'}}") if words else ()


def _comparison(each: Comparison, version: int) -> list[str]:
    if each.outcome is Outcome.UNDECIDED:
        return [f"version {version}, {each.direction}: undecided, the schemas are too large to be compared"]
    return [f"version {version}, {each.direction}: {_told(broken)}" for broken in each.breaks]


def _told(broken: Break) -> str:
    shows = f"; breaks with {broken.document}" if broken.document else ""
    return f"{broken.path or '/'}: {broken.message} ({broken.rule}); passes: {broken.passes}{shows}"
