"""Departures from New York in 2013: contracts, recovery rules, replay, and a model of delays."""

from __future__ import annotations

from assay.examples.flights.departures import Departure, departures
from assay.examples.flights.planes import ChangeCounts, PlaneChange, plane_changes
from assay.examples.flights.tables import CONTRACTS, TableNotFoundError

__all__ = [
    "CONTRACTS",
    "ChangeCounts",
    "Departure",
    "PlaneChange",
    "TableNotFoundError",
    "departures",
    "plane_changes",
]
