"""Docker containers on AWS with public IPv6 addresses: the program, from config to outputs."""

import pulumi

from components.config.pulumi_config import read_config
from components.fleet.check import make_check
from components.fleet.hosts import make_hosts
from components.fleet.network import make_network
from components.fleet.outputs import stack_outputs
from components.fleet.route import refuse_or_warn_without_route

# What is wished for; everything wrong with it is said at once.
config = read_config()

# Whether this machine can reach the hosts at all.
refuse_or_warn_without_route(config)

# The VPC with its IPv6 range, its subnets, one security group.
network = make_network(config)

# Each host: a network interface with the addresses, an instance on it, Docker, its containers.
hosts = make_hosts(config, network)

# The proof that every container is reached, as a table.
table = make_check(config, hosts)

for name, value in stack_outputs(config, network, hosts, table).items():
    pulumi.export(name, value)
