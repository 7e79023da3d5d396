"""Subjects and schemas in SQL."""
