"""Brings a store to the tables of this release, from any release before it."""

from assay.registry.migrations.upgrade import HEAD, upgrade

__all__ = ["HEAD", "upgrade"]
