"""The agent process: one per host."""
