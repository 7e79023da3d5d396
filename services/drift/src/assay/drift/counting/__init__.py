"""From validated logs of models to panes: what each partition came to, counted once."""
