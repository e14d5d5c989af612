"""Whether this machine has a route to the stack's hosts."""

import pulumi

from ..config.types import StackConfig
from ..preflight import missing_route, missing_route_to


def refuse_or_warn_without_route(config: StackConfig) -> None:
    """Says in one line that SSH cannot leave this machine: a warning in a preview, an error in an update,
    before anything is created.
    """
    bastion = config.bastion.host if config.bastion else None
    if config.on_aws:
        problem = missing_route("ipv6" if config.bastion_host else config.connect, bastion)
    else:
        addresses = [host.existing.address for host in config.hosts if host.existing]
        problem = missing_route_to(addresses)
    if problem is None or not config.hosts:
        return
    if not pulumi.runtime.is_dry_run():
        raise pulumi.RunError(problem)
    pulumi.log.warn(problem)
