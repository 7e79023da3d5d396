"""`assay drift` against a running service: how models are, windows, what moved most, pictures, references."""
