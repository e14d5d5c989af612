"""The fabric: a VPC that behaves like AWS, made of network namespaces.

`plan` decides from a `lab.region.Region` what must be there, purely; `apply` makes it so. One namespace
routes each VPC, one point-to-point veth reaches each interface of an instance, `internet` and `operator` lie
outside.
"""

from lab.fabric.apply import FabricRuntime, teardown
from lab.fabric.model import Fabric
from lab.fabric.plan import Options, plan

__all__ = ["Fabric", "FabricRuntime", "Options", "plan", "teardown"]
