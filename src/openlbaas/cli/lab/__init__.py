"""A private data centre on one machine: hosts, web servers and a client, each in a network namespace."""
