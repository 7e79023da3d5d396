"""`assay drift`: reference profiles, and checks of files."""
