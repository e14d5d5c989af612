"""Where a host's addresses come from: one module for each way."""
