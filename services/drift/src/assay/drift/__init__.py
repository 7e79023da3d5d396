"""The drift service: models are watched, window by window."""
