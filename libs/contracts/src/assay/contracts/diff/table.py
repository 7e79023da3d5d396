"""The rule table: what a change at each place of the standard and of the vocabulary is. Any other place means review.

A row is a pattern of places, a judge, and the value that stands for an absent one. The first row that fits decides.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from assay.contracts.compatibility import Mode
from assay.contracts.diff import agreements, fields
from assay.contracts.diff.rulings import (
    HARMLESS,
    MEANING,
    REVIEW,
    TIGHTER,
    WEAKER,
    WIRE,
    Judge,
    always,
    at_least,
    at_most,
    exclusive,
    limits,
    ranked,
    set_of,
    when,
)
from assay.contracts.diff.service_levels import level, level_value
from assay.contracts.diff.tree import Path

__all__ = ["ROWS", "Row", "row_of"]

DEFAULT_MODE = Mode.BACKWARD
"""What a contract keeps that does not say `assay.compatibility`."""


@dataclass(frozen=True, slots=True)
class Row:
    """Places (`*` is one name, `**` any number of them, `a|b` a choice), and what a change there is."""

    places: str
    judge: Judge
    absent: object = None


def row_of(place: Path) -> Row | None:
    """The row for a place; none means that nobody thought of it."""
    return next((row for row in ROWS if _fits(_pattern(row.places), place)), None)


@functools.cache
def _pattern(places: str) -> tuple[str, ...]:
    return tuple(places.split("/"))


def _fits(pattern: tuple[str, ...], place: Path) -> bool:
    if not pattern:
        return not place
    if pattern[0] == "**":
        return any(_fits(pattern[1:], place[start:]) for start in range(len(place) + 1))
    is_here = bool(place) and (pattern[0] == "*" or place[0] in pattern[0].split("|"))
    return is_here and _fits(pattern[1:], place[1:])


_ANY_WIRE = always(WIRE)
_ANY_MEANING = always(MEANING)
_ANY_REVIEW = always(REVIEW)
_ANY_HARMLESS = always(HARMLESS)
_NOTED = when(added=HARMLESS, removed=REVIEW, changed=REVIEW)


def _patience(place: str) -> tuple[Row, ...]:
    """The rows of `assay.breach`: who waits longer before calling people promises less."""
    here = f"{place}assay.breach"
    return (
        Row(f"{here}/minRecords", at_most(), 0),
        Row(f"{here}/firesAfter", at_most(), 1),
        Row(f"{here}/outOf", at_least()),
        Row(f"{here}/resolvesAfter", _ANY_HARMLESS, 1),
    )


_FUNDAMENTALS = (
    Row("apiVersion|kind|contractCreatedTs|name", _ANY_HARMLESS),
    Row("id", always(WIRE.saying("this is another contract, with topics of another name"))),
    Row("status", agreements.status, "active"),
    Row("domain|tags", _ANY_HARMLESS),
    Row("tenant|dataProduct|slaDefaultElement", _ANY_REVIEW),
    Row("context/**", _ANY_REVIEW),
    Row("description/**", _NOTED),
)

_OBJECT = (
    Row("object", _ANY_WIRE),
    Row("object/name", _ANY_REVIEW),
    Row("object|property/id|physicalName|partitioned|partitionKeyPosition", _ANY_REVIEW),
    Row("object/logicalType|physicalType|dataGranularityDescription", _NOTED),
    Row("object/assay.entity", when(added=HARMLESS, removed=MEANING, changed=MEANING)),
    Row("object/assay.entity/name|key", _ANY_MEANING),
    Row("object/assay.entity/semanticsVersion", fields.semantics),
    Row("object/assay.entity/definition", _NOTED),
)

_PROPERTY = (
    Row("property", fields.property_node),
    Row("property/name", _ANY_HARMLESS),
    Row("property/logicalType", always(WIRE.saying("values are of another type"))),
    Row("property/items|map", _ANY_WIRE),
    Row(
        "property/required",
        exclusive(on=TIGHTER, off=WIRE.saying("consumers find it missing")),
        absent=False,
    ),
    Row("property/unique", exclusive(on=TIGHTER, off=WEAKER), absent=False),
    Row("property/primaryKey", _ANY_MEANING, absent=False),
    Row("property/primaryKeyPosition", _ANY_MEANING, absent=-1),
    Row("property/physicalType", fields.physical),
    Row("property/semanticType", when(added=REVIEW, removed=MEANING, changed=MEANING)),
    Row("property/assay.unit", when(added=REVIEW, removed=MEANING, changed=MEANING)),
    Row("property/classification", _ANY_REVIEW),
    Row("property/encryptedName|criticalDataElement", _ANY_REVIEW),
    Row("property/transformSourceObjects|transformLogic|transformDescription", _NOTED),
    Row("property/examples", _ANY_HARMLESS),
    Row(
        "property/enum",
        when(added=TIGHTER, removed=WIRE.saying("consumers may meet any value"), changed=REVIEW),
    ),
    Row(
        "property/enum/*",
        when(
            added=WIRE.saying("consumers meet a value that they do not know"),
            removed=TIGHTER.saying("records with this value are refused"),
            changed=REVIEW,
        ),
    ),
    Row("property/enum/*/label|id|description", _ANY_HARMLESS),
)

_OPTIONS = (
    Row(
        "property/logicalTypeOptions/minimum|exclusiveMinimum|minLength|minItems|minProperties",
        at_least(),
    ),
    Row(
        "property/logicalTypeOptions/maximum|exclusiveMaximum|maxLength|maxItems|maxProperties",
        at_most(),
    ),
    Row("property/logicalTypeOptions/pattern", when(added=TIGHTER, removed=WEAKER, changed=WEAKER)),
    Row("property/logicalTypeOptions/multipleOf", fields.multiple),
    Row("property/logicalTypeOptions/uniqueItems", exclusive(on=TIGHTER, off=WEAKER), absent=False),
    Row("property/logicalTypeOptions/required", set_of(grown=TIGHTER, shrunk=WIRE, unlike=WIRE)),
    Row("property/logicalTypeOptions/format", fields.format_of),
    Row("property/logicalTypeOptions/timezone|defaultTimezone", _ANY_MEANING),
    Row("property/logicalTypeOptions/dimensions|elementType", _ANY_WIRE),
    Row("property/logicalTypeOptions/embeddingModel|embeddingModelVersion|distanceMetric|normalized", _ANY_MEANING),
)

_QUALITY = (
    Row("object|property/quality/*", fields.quality_line),
    Row("object|property/quality/*/threshold", limits),
    Row("object|property/quality/*/metric|unit", always(WEAKER.saying("another thing is measured"))),
    Row("object|property/quality/*/arguments.validValues", fields.values),
    Row("object|property/quality/*/arguments.missingValues", set_of(grown=TIGHTER, shrunk=WEAKER, unlike=WEAKER)),
    Row("object|property/quality/*/arguments.pattern", when(added=TIGHTER, removed=WEAKER, changed=WEAKER)),
    Row(
        "object|property/quality/*/scheduler",
        when(added=TIGHTER, removed=WEAKER, changed=WEAKER),
    ),
    Row(
        "object|property/quality/*/schedule",
        agreements.duration(longer=WEAKER, shorter=TIGHTER, removed=WEAKER),
    ),
    Row("object|property/quality/*/severity", ranked("info", "warning", "error", down=WEAKER, up=TIGHTER), "error"),
    Row(
        "object|property/quality/*/id|name|description|dimension|method|businessImpact|tags",
        _ANY_HARMLESS,
    ),
    *_patience("object|property/quality/*/"),
    Row("object|property/quality/*/type|rule|query|engine|implementation", _ANY_REVIEW),
)

_SERVICE_LEVELS = (
    Row("slaProperties/*", level),
    Row("slaProperties/*/value|unit", level_value),
    Row("slaProperties/*/element|valueExt|scheduler", _ANY_REVIEW),
    Row("slaProperties/*/schedule", agreements.duration(longer=WEAKER, shorter=TIGHTER, removed=WEAKER)),
    Row("slaProperties/*/id|driver|description", _ANY_HARMLESS),
    Row("slaProperties/*/assay.percentile", at_least(raised=TIGHTER, lowered=WEAKER)),
    Row(
        "slaProperties/*/assay.window",
        agreements.duration(longer=WEAKER, shorter=TIGHTER, removed=WEAKER),
    ),
    Row("slaProperties/*/assay.onLate", agreements.when_late),
    *_patience("slaProperties/*/"),
)

_PLACES = (
    Row("servers/*", when(added=HARMLESS, removed=WIRE.saying("the records are there no more"), changed=REVIEW)),
    Row("servers/*/type|format|location|path|database|dataset|schema|stream|encoding|delimiter", _ANY_WIRE),
    Row("servers/*/host|endpointUrl", agreements.host),
    Row("servers/*/port|project|account|catalog|namespace", _ANY_WIRE),
    Row("servers/*/id|description", _ANY_HARMLESS),
    Row("servers/*/environment|assay.registry", _ANY_REVIEW),
    Row("**/roles/*", when(added=HARMLESS, removed=WEAKER, changed=REVIEW)),
    Row("**/roles/*/id|description", _ANY_HARMLESS),
    Row("**/roles/*/access|firstLevelApprovers|secondLevelApprovers", _ANY_REVIEW),
)

_PEOPLE = (
    Row("team/name", _ANY_REVIEW),
    Row("team/id|description", _ANY_HARMLESS),
    Row("team/members/*", _ANY_REVIEW),
    Row("team/members/*/role|dateIn|dateOut|replacedByUsername", _ANY_REVIEW),
    Row("team/members/*/id|name|description|tags", _ANY_HARMLESS),
    Row("support/*", when(added=HARMLESS, removed=WEAKER, changed=REVIEW)),
    Row("support/*/id|description", _ANY_HARMLESS),
    Row("support/*/url|tool|scope|invitationUrl", _ANY_REVIEW),
    Row("price/priceAmount", agreements.price),
    Row("price/priceCurrency|priceUnit", always(WEAKER.saying("what consumers pay is counted otherwise"))),
    Row("price/id", _ANY_HARMLESS),
)

_ASSAY = (
    Row("assay.topics/kind", _ANY_WIRE, "direct"),
    Row("assay.topics/format", _ANY_WIRE, "json"),
    Row("assay.topics/validated", always(WIRE.saying("consumers read another topic"))),
    Row("assay.topics/raw", always(TIGHTER.saying("producers write to another topic"))),
    Row("assay.topics/replay", always(REVIEW.saying("replays that are on the other topic still are not judged"))),
    Row("assay.topics/deadLetters", always(REVIEW.saying("nothing repairs the dead letters on the other topic"))),
    Row("assay.topics/settled", always(REVIEW.saying("what is settled is forgotten, and may be replayed again"))),
    Row("assay.topics/partitions", always(REVIEW.saying("a topic keeps the number of partitions that it has")), 3),
    Row("assay.topics/maxRecordBytes", at_most(raised=REVIEW, lowered=TIGHTER), 1024 * 1024),
    Row(
        "assay.topics/retention/validated",
        agreements.duration(longer=HARMLESS, shorter=WEAKER, removed=WEAKER),
        "P7D",
    ),
    Row("assay.topics/retention/raw|deadLetters", _ANY_REVIEW, "P7D"),
    Row("assay.eventTime", _ANY_MEANING),
    Row("assay.timezone", _ANY_MEANING, "UTC"),
    Row("assay.openness", ranked("open", "closed", down=WEAKER, up=TIGHTER), "closed"),
    Row("assay.enforcement", ranked("observe", "enforce", down=WEAKER, up=TIGHTER), "enforce"),
    Row("assay.load", ranked("flag", "hold", down=WEAKER, up=REVIEW), "flag"),
    Row("assay.compatibility", agreements.compatibility, str(DEFAULT_MODE)),
    Row("assay.dedup", agreements.duration(longer=HARMLESS, shorter=WEAKER, removed=WEAKER, added=HARMLESS)),
    Row("assay.ordered", agreements.ordered),
    Row("assay.ordered/timeout|maxHeld", _ANY_REVIEW),
    Row("assay.consumers/*", agreements.consumer),
    Row("assay.consumers/*/reads", set_of(grown=HARMLESS, shrunk=REVIEW, unlike=REVIEW), ("*",)),
    Row("assay.consumers/*/approvers", _ANY_REVIEW),
    Row("assay.consumers/*/contact|since|kind", _ANY_HARMLESS),
    Row("assay.upstream", _ANY_REVIEW),
    *_patience(""),
    Row("assay.watermark/delay", agreements.duration(longer=WEAKER, shorter=HARMLESS, removed=HARMLESS), "PT30S"),
    Row("assay.watermark/idle", _ANY_REVIEW, "PT30S"),
    Row(
        "assay.maintenance/*",
        when(
            added=WEAKER.saying("what is measured in that time is not held against a promise"),
            removed=HARMLESS,
            changed=REVIEW,
        ),
    ),
    Row("assay.maintenance/*/weekly|from|to", always(WEAKER.saying("it is at another time"))),
    Row("assay.maintenance/*/why", _ANY_HARMLESS),
    Row("assay.model", when(added=REVIEW, removed=MEANING, changed=MEANING)),
    Row("assay.model/name|role|kind|layout", _ANY_MEANING),
    Row("assay.model/features", agreements.features),
    Row("assay.model/classes", always(MEANING.saying("the same probability is of another class"))),
    Row("assay.monitoring/window|hop", always(REVIEW.saying("windows are others from now on")), "PT1H"),
    Row("assay.monitoring/scales", always(REVIEW.saying("other windows share what false raises are borne"))),
    Row("assay.monitoring/lateness", always(REVIEW.saying("windows are judged anew for another time")), "P1D"),
    Row("assay.monitoring/horizon", always(REVIEW.saying("labels are waited for another time")), "P30D"),
    Row("assay.monitoring/falseRaises", _ANY_HARMLESS, 1.0),
    Row("assay.monitoring/minCoverage", _ANY_HARMLESS, 0.5),
    Row("assay.monitoring/referenceRows", _ANY_HARMLESS, 0),
    Row("assay.monitoring/pairs", exclusive(on=HARMLESS, off=REVIEW.saying("broken correlations go unseen")), True),
    Row("assay.monitoring/rankingCutoff", always(REVIEW.saying("lists are counted otherwise from now on")), 10),
    Row("assay.monitoring/segments", set_of(grown=HARMLESS, shrunk=REVIEW, unlike=REVIEW)),
    Row("assay.monitoring/sessionGap", always(REVIEW.saying("sessions are others from now on")), "PT30M"),
    Row("assay.monitoring/metrics", always(REVIEW.saying("an experiment that is under way would begin anew"))),
    Row("assay.rules/*", agreements.rule),
    Row("assay.rules/*/expr", always(WEAKER.saying("it may take what it refused, and refuse what it took"))),
    Row("assay.rules/*/description", _ANY_HARMLESS),
    Row("assay.recovery/**", _ANY_REVIEW),
)

_EVERYWHERE = (
    Row("**/businessName|description", _NOTED),
    Row("**/tags", _ANY_HARMLESS),
    Row("**/synonyms/**", _ANY_HARMLESS),
    Row("**/deprecated", always(REVIEW.saying("consumers are told")), False),
    Row("**/context/**", _ANY_REVIEW),
    Row("**/relationships/**", _ANY_REVIEW),
    Row("**/authoritativeDefinitions/**", _ANY_REVIEW),
    Row("**/custom", always(REVIEW.saying("what it means is known to its vendor"))),
)

ROWS = (
    *_FUNDAMENTALS, *_OBJECT, *_PROPERTY, *_OPTIONS, *_QUALITY, *_SERVICE_LEVELS, *_PLACES, *_PEOPLE, *_ASSAY,
    *_EVERYWHERE,
)  # fmt: skip
