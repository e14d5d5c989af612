"""The host's half: facts in, files and short command lines out. Nothing here opens a connection."""
