"""The tables of alerts are of one schema, so that one transaction moves them all."""

from __future__ import annotations

from sqlalchemy import MetaData

__all__ = ["SCHEMA"]

SCHEMA = MetaData()
