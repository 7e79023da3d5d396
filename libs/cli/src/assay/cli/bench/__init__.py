"""`assay bench`: measurements side by side with their peers, run from a clone."""
