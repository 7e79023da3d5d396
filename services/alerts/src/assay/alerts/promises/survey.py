"""A look at everything at once, which says at which contracts there is something to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from assay.alerts import breach_rows
from assay.alerts.breaches import Breach
from assay.alerts.panes.standing import PartitionState
from assay.alerts.panes.tables import PARTITIONS
from assay.alerts.promises import watched

__all__ = ["Survey", "survey"]


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of all contracts at one moment."""

    states: Mapping[str, Sequence[PartitionState]] = field(default_factory=dict)
    rows: Mapping[str, watched.Watched] = field(default_factory=dict)
    touched: Mapping[str, watched.Touched] = field(default_factory=dict)
    open_breaches: Mapping[str, Breach] = field(default_factory=dict)
    """By fingerprint."""


def survey(connection: sa.Connection) -> Survey:
    """Read it: a handful of queries, however many contracts there are."""
    states: defaultdict[str, list[PartitionState]] = defaultdict(list)
    for row in connection.execute(sa.select(PARTITIONS)).mappings():
        values = dict(row)
        states[str(values.pop("contract"))].append(PartitionState(**values))
    return Survey(
        states=states,
        rows=watched.known(connection),
        touched=watched.touched_by_contract(connection),
        open_breaches={each.fired.fingerprint: each for each in breach_rows.open_ones(connection)},
    )
