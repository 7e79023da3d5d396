"""The durable outbox of alerts, and the channels they go out by."""
