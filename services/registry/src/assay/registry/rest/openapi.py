"""The interface as an OpenAPI document."""

from __future__ import annotations

from assay.registry.subjects.json_values import JsonObject

__all__ = ["document"]


def document() -> JsonObject:
    """The document that /openapi.json answers."""
    return {"openapi": "3.0.3", "info": {"title": "Assay registry", "version": "1"}, "paths": {}}
