"""The whole of a stack from its config. What `__main__.py` calls: route, network, hosts, check, outputs."""
