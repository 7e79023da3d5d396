"""Brings the versions of published contracts to the subjects of their topics, whichever process published them."""

from __future__ import annotations

import sqlalchemy as sa

from assay.contracts import Contract, ContractsError, load
from assay.contracts.diff import mode_of
from assay.contracts.frame import guid_of
from assay.contracts.schemas import read_schema, schema_of
from assay.registry.subject_store.tables import VERSIONS
from assay.registry.subject_store.writing import keep_schema, keep_settings, lock
from assay.registry.subjects.content import Content, SubjectVersion
from assay.registry.subjects.json_values import canonical
from assay.registry.subjects.names import SubjectName
from assay.registry.subjects.settings import Settings
from assay.registry.tables import HISTORY
from assay.registry.tables import VERSIONS as CONTRACTS
from assay.telemetry import get_logger

__all__ = ["catch_up", "governed_subjects", "is_behind"]

PAGE = 50
"""Contracts read in one transaction: each takes some milliseconds, and writers wait."""


def is_behind(transaction: sa.Connection) -> bool:
    """Whether a contract was published or retired since the last `catch_up`."""
    row = transaction.execute(sa.select(HISTORY.c.revision, HISTORY.c.contracts_seen)).one()
    return bool(row.revision > row.contracts_seen)


def catch_up(transaction: sa.Connection) -> bool:
    """Bring a page of changed contract versions to their subjects; True while there are more.

    A version keeps its id and its guid, by which records are judged, and is numbered after what the subject has; one
    that is retired counts as deleted, and answers by id as before. The newest one says what the subjects are set to.
    """
    lock(transaction)
    seen = transaction.execute(sa.select(HISTORY.c.contracts_seen)).scalar_one()
    query = sa.select(CONTRACTS).where(CONTRACTS.c.revision > seen).order_by(CONTRACTS.c.revision).limit(PAGE)
    changed = transaction.execute(query).all()
    for row in sorted(changed, key=lambda each: int(each.id)):
        _bring(transaction, row)
    reached = changed[-1].revision if len(changed) == PAGE else HISTORY.c.revision
    transaction.execute(sa.update(HISTORY).values(contracts_seen=reached))
    return len(changed) == PAGE


def governed_subjects(contract: Contract) -> tuple[SubjectName, ...]:
    """The subjects of the values on a contract's topics."""
    topics = dict.fromkeys((*contract.topics.raw, contract.topics.validated))
    return tuple(SubjectName(name=f"{topic}-value") for topic in topics)


def _bring(transaction: sa.Connection, row: sa.Row[tuple[object, ...]]) -> None:
    try:
        contract = load(row.text)
        text = schema_of(contract)
        schema = read_schema(text)
    except ContractsError as error:
        get_logger().warning("contract.unreadable", contract=row.contract, version=row.version, error=repr(error))
        return
    if _is_newest(transaction, row):
        _set(transaction, contract)
    here = sa.and_(VERSIONS.c.id == row.id, VERSIONS.c.contract == row.contract)
    if transaction.execute(sa.select(VERSIONS.c.id).where(here)).first():
        transaction.execute(sa.update(VERSIONS).where(here).values(deleted=row.retired))
        return
    content = Content(text.kind, schema.text)
    guid = str(guid_of(row.text))
    for subject in governed_subjects(contract):
        version = SubjectVersion(subject, _following(transaction, subject), row.id, guid, content)
        keep_schema(transaction, version)
        _add(transaction, version, row)


def _is_newest(transaction: sa.Connection, row: sa.Row[tuple[object, ...]]) -> bool:
    newest = sa.select(sa.func.max(CONTRACTS.c.id)).where(CONTRACTS.c.contract == row.contract)
    return bool(transaction.execute(newest).scalar() == row.id)


def _set(transaction: sa.Connection, contract: Contract) -> None:
    """The contract's own compatibility holds for its subjects, and nothing that was set over REST before it came."""
    config = canonical(Settings(level=mode_of(contract)).as_json())
    for subject in governed_subjects(contract):
        keep_settings(transaction, subject, config=config, mode="")


def _add(transaction: sa.Connection, version: SubjectVersion, row: sa.Row[tuple[object, ...]]) -> None:
    values = {"id": row.id, "deleted": row.retired, "contract": row.contract, "added_ms": row.published_ms}
    place = {"context": version.subject.context, "subject": version.subject.name, "version": version.version}
    transaction.execute(VERSIONS.insert().values(**place, **values))


def _following(transaction: sa.Connection, subject: SubjectName) -> int:
    query = sa.select(sa.func.max(VERSIONS.c.version)).where(
        VERSIONS.c.context == subject.context, VERSIONS.c.subject == subject.name
    )
    return int(transaction.execute(query).scalar() or 0) + 1
