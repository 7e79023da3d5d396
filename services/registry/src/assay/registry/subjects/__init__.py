"""Subjects as Confluent's clients know them: names, settings, versions, and what may be done with them. Pure rules."""
