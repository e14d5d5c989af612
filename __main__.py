"""Docker containers on AWS with public IPv6 addresses: the program, from config to outputs."""

import pulumi

from components import fleet
from components.stack_values import read_config

# What is wished for; everything wrong with it is said at once.
config = read_config()

# Whether this machine can reach the hosts at all.
fleet.refuse_or_warn_without_route(config)

# The VPC with its IPv6 range, its subnets, one security group.
network = fleet.make_network(config)

# Each host: a network interface with the addresses, an instance on it, Docker, its containers.
hosts = fleet.make_hosts(config, network)

# The proof that every container is reached, as a table.
table = fleet.make_check(config, hosts)

for name, value in fleet.outputs(config, network, hosts, table).items():
    pulumi.export(name, value)
