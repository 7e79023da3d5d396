"""The registry: keeps contracts and their versions, and tells every service of a change."""
