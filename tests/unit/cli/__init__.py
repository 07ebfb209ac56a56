"""The command line, run against a server on the loopback."""
