"""The HTTP face: what Confluent's clients call."""
