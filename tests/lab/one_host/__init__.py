"""A package, so that fixtures of that scope end with its last test: a later one ends the lab."""
