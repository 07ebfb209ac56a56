"""One HAProxy per load balancer, in a network namespace of its own: the only privileged room."""
