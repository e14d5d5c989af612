"""A stand-in for pulumi-command 1.2.1: commands over SSH and on this machine."""
