"""A model as its contracts speak of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from assay.contracts.analytical.features import FeatureSchema
from assay.contracts.model import Party

__all__ = ["KINDS", "Kind", "Layout", "Model"]

Kind = Literal["binary", "multiclass", "regression", "ranking"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Layout = Literal["columns", "rows"]
"""Whether predictions and features travel together in batches, a column for each, or each as a record of its own."""


@dataclass(frozen=True, slots=True)
class Model:
    """What `contracts_of` writes the contracts from.

    `version` is that of the contracts. `versions` are those of the model that may predict; none means any. `horizon`
    is how long truth may take to come, in days: so long, and as long as predictions may be late, validated records are
    kept, to be joined. `window` and `hop` are durations like PT1H, and so are `scales`; where one of them or
    `reference_rows` is said, or another horizon than the usual one, the contract of predictions says how it is watched.
    """

    name: str
    features: FeatureSchema
    kind: Kind = "binary"
    classes: tuple[str, ...] = ()
    layout: Layout = "columns"
    version: str = "1.0.0"
    versions: tuple[str, ...] = ()
    partitions: int = 3
    horizon_days: int = 30
    owner: str = ""
    contact: str = ""
    consumers: tuple[Party, ...] = ()
    window: str = ""
    hop: str = ""
    reference_rows: int = 0
    scales: tuple[str, ...] = ()
