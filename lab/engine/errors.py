"""What can go wrong on the way to an engine."""


class EngineError(Exception):
    """No engine could be had; the message says why and what to do next."""
