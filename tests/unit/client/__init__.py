"""The HTTP client, against servers on the loopback."""
