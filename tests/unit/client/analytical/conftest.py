"""Time of a single example says nothing here: each compiles a judge, and others use the machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
