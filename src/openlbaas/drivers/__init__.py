"""How a spec becomes a running thing."""
