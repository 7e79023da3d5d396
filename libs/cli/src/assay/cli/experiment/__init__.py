"""`assay experiment`: what the users of each variant did, and whether it differs."""
