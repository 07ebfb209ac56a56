"""OpenLBaaS: load balancers for tenants, from one host to many."""

__version__ = "0.1.0"
