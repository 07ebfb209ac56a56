"""Networks, subnets, ports and addresses."""
