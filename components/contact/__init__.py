"""First contact with a host over SSH; run by Pulumi on its own machine as `python -m`."""
