"""The way of one record, from durable evidence."""
