"""EC2, SSM and STS as one process plays them: moto's state behind EC2's own refusals."""

from .server import Endpoint

__all__ = ["Endpoint"]
