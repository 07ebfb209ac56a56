"""The HTTP client of the command line, the agent and the tests."""
