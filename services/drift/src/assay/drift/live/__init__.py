"""The newest windows in memory, or in Redis, for whoever asks."""
