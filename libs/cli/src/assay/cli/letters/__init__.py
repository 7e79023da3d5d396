"""`assay dead-letters`: what failed, tries of a repair, and what is done about it."""
