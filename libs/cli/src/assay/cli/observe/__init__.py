"""`assay contract observe`: what enforcement would refuse of the records that are there."""
