"""Time of a single example says nothing here: the first of a form imports its engine, and others use the machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
