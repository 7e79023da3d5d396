"""Records from files, one by one and without reading a file whole, for `assay validate`."""
