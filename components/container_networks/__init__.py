"""The Docker networks on which containers get their addresses: one module for each way."""
