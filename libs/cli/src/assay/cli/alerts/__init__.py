"""`assay alerts`: how promises stand, what is broken, who heard of it, and who would."""
