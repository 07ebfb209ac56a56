"""One step each, in the order of their names."""
