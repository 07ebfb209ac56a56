"""Event names, logs and metrics."""
