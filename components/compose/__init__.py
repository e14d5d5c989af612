"""Compose projects on a host: what their files say, and which addresses follow from it."""
