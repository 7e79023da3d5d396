"""`assay model`: what a model logs, as contracts."""
