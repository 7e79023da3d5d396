"""Validated records to the lake, promises checked by day, days loaded into the warehouse."""
