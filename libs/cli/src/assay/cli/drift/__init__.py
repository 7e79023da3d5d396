"""`assay drift`: reference profiles and checks of files, with the engine of the drift service."""
