"""The Pulumi engine: found, or had; and the environment in which plain `pulumi` commands work on the lab."""
