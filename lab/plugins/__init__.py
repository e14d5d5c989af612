"""Stand-ins for Pulumi plugins that cannot be had where their download host is out of reach."""
