"""Plain shared links without AWS: hosts on one switch, and a router that answers for nobody but itself."""

from lab.link.model import Link, LinkHost
from lab.link.runtime import Links

__all__ = ["Link", "LinkHost", "Links"]
