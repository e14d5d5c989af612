"""Docker containers on AWS with public IPv6 addresses and no NAT: reusable Pulumi components."""
