"""What a load balancer is: values and rules, without input or output."""
