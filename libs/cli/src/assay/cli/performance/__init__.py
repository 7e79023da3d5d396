"""`assay performance`: how a model did, from files of its predictions and labels."""
