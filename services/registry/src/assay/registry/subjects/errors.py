"""What the REST face refuses: Confluent's codes, each with its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from assay.registry.errors import RegistryError

__all__ = [
    "BusyError",
    "ConfigMissingError",
    "ContextInUseError",
    "GovernedError",
    "IncompatibleError",
    "LevelInvalidError",
    "ModeInvalidError",
    "ModeMissingError",
    "NotPermittedError",
    "ReferencedError",
    "RequestMalformedError",
    "RuleSetInvalidError",
    "SchemaInvalidError",
    "SchemaMissingError",
    "SchemaTooLargeError",
    "SubjectDeletedError",
    "SubjectError",
    "SubjectInvalidError",
    "SubjectLiveError",
    "SubjectMissingError",
    "VersionDeletedError",
    "VersionInvalidError",
    "VersionLiveError",
    "VersionMissingError",
]

MAX_SHOWN = 200
"""Characters of what a client sent that an error repeats."""


class SubjectError(RegistryError):
    """A request that is refused. The HTTP status is the first three digits of the code."""

    code: ClassVar[int]


class RequestMalformedError(SubjectError):
    """The body or the query can't be read."""

    code = 400


class SubjectMissingError(SubjectError):
    """No such subject, or all its versions are deleted."""

    code = 40401

    def __init__(self, subject: object) -> None:
        self.subject = str(subject)
        super().__init__(f"Subject '{shown(subject)}' not found.")


class VersionMissingError(SubjectError):
    """The subject is there, the version is not."""

    code = 40402

    def __init__(self, version: object) -> None:
        super().__init__(f"Version {shown(version)} not found.")


class SchemaMissingError(SubjectError):
    """No schema with this id, this content or this metadata."""

    code = 40403

    def __init__(self, what: str = "Schema") -> None:
        super().__init__(f"{what} not found")


class SubjectDeletedError(SubjectError):
    """The subject is soft-deleted already."""

    code = 40404

    def __init__(self, subject: object) -> None:
        super().__init__(f"Subject '{shown(subject)}' was soft deleted. Set permanent=true to delete permanently")


class SubjectLiveError(SubjectError):
    """Only what is soft-deleted can be deleted for good."""

    code = 40405

    def __init__(self, subject: object) -> None:
        super().__init__(f"Subject '{shown(subject)}' was not deleted first before being permanently deleted")


class VersionDeletedError(SubjectError):
    """The version is soft-deleted already."""

    code = 40406

    def __init__(self, subject: object, version: int) -> None:
        super().__init__(
            f"Subject '{shown(subject)}' Version {version} was soft deleted. Set permanent=true to delete permanently"
        )


class VersionLiveError(SubjectError):
    """Only what is soft-deleted can be deleted for good."""

    code = 40407

    def __init__(self, subject: object, version: int) -> None:
        super().__init__(
            f"Subject '{shown(subject)}' Version {version} was not deleted first before being permanently deleted"
        )


class ConfigMissingError(SubjectError):
    """The subject has no configuration of its own."""

    code = 40408

    def __init__(self, subject: object) -> None:
        super().__init__(f"Subject '{shown(subject)}' does not have subject-level compatibility configured")


class ModeMissingError(SubjectError):
    """The subject has no mode of its own."""

    code = 40409

    def __init__(self, subject: object) -> None:
        super().__init__(f"Subject '{shown(subject)}' does not have subject-level mode configured")


class IncompatibleError(SubjectError):
    """The schema breaks with a version before it; `reasons` say where, why and what would pass."""

    code = 40901

    def __init__(self, subject: object, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(
            "Schema being registered is incompatible with an earlier schema for subject "
            f'"{shown(subject)}", details: [{", ".join(reasons)}]'
        )


class SchemaInvalidError(SubjectError):
    """The text is no schema."""

    code = 42201

    def __init__(self, why: str) -> None:
        super().__init__(f"Invalid schema: {why}")


class VersionInvalidError(SubjectError):
    """The version is no number that a version can have."""

    code = 42202

    def __init__(self, version: object) -> None:
        super().__init__(
            f"The specified version '{shown(version)}' is not a valid version id. "
            'Allowed values are between [1, 2^31-1] and the string "latest"'
        )


class LevelInvalidError(SubjectError):
    """The compatibility level, or its policy, is none of those there are."""

    code = 42203

    def __init__(self, found: object, known: Sequence[str]) -> None:
        super().__init__(f"Invalid compatibility level {shown(found)!r}. Valid values are {', '.join(known)}")


class ModeInvalidError(SubjectError):
    """The mode is none of those there are."""

    code = 42204

    def __init__(self, found: object, known: Sequence[str]) -> None:
        super().__init__(f"Invalid mode {shown(found)!r}. Valid values are {', '.join(known)}")


class NotPermittedError(SubjectError):
    """The mode forbids it, or an id would change its meaning."""

    code = 42205


class GovernedError(NotPermittedError):
    """The subject belongs to a contract, which changes in git and nowhere else."""

    def __init__(self, subject: object, contract: str, what: str) -> None:
        self.contract = contract
        super().__init__(
            f"Subject '{shown(subject)}' is governed by contract '{contract}': {what}. Change the contract's file in "
            "git and propose it with `assay contract check`; `assay contract apply` publishes it once it is merged"
        )


class ReferencedError(SubjectError):
    """Another schema refers to this one."""

    code = 42206

    def __init__(self, subject: object, version: int) -> None:
        super().__init__(
            "One or more references exist to the schema "
            f"{{magic=1,keytype=SCHEMA,subject={shown(subject)},version={version}}}."
        )


class SubjectInvalidError(SubjectError):
    """The text can't be the name of a subject."""

    code = 42208

    def __init__(self, subject: object) -> None:
        super().__init__(f"The specified subject '{shown(subject)}' is not a valid subject.")


class SchemaTooLargeError(SubjectError):
    """The body is larger than any schema may be."""

    code = 42209

    def __init__(self, limit: int) -> None:
        super().__init__(f"Schema is too large: at most {limit} characters are taken")


class RuleSetInvalidError(SubjectError):
    """The rule set can't be used."""

    code = 42210

    def __init__(self, why: str) -> None:
        super().__init__(f"Invalid ruleSet: {why}")


class ContextInUseError(SubjectError):
    """Only an empty context can be deleted."""

    code = 42211

    def __init__(self, context: str) -> None:
        super().__init__(f"The specified context '{shown(context)}' is not empty.")


class BusyError(SubjectError):
    """So much waits already that this would be answered too late; nothing was done."""

    code = 50301

    def __init__(self) -> None:
        super().__init__("The registry has more schemas to work on than it can; try again")


def shown(found: object) -> str:
    """What a client sent, cut to a length that a person reads, in signs that a terminal prints."""
    text = str(found)
    text = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
