"""Windows in the lake, for whoever looks at models with tools of business intelligence."""
