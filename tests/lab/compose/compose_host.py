"""A lab machine with the program's steps for routed networks and for Compose projects, without Pulumi."""

import json
import subprocess
from dataclasses import dataclass

from components.compose_app import DeclaredApp, as_app
from components.container_networks.plan import NetworkWishes
from components.host import render
from components.host.docker import parse_engine
from components.host.engine import EnginePackages
from components.host.steps import Concern, command_line, remove_line, scripts_bundle
from lab.machines import CommandFailed, Host
from tests.lab.ec2_network import Network, ec2, give_public_address, make_interface, run_instance
from tests.lab.host_steps import guarded
from tests.lab.lab_session import Keys

WISHES = NetworkWishes("routed")


@dataclass(frozen=True)
class Machine:
    """A machine in a slot of the subnet. `private` and `public`: its IPv4 addresses."""

    host: Host
    address: str
    prefix: str
    private: str
    public: str


def launch(network: Network, keys: Keys, key_name: str, ami: str, slot: int) -> Machine:
    """Starts an instance whose interface has an address and a /80 of its own, and a public IPv4 address."""
    address = f"{network.ipv6_prefix}{slot}:{slot}"
    prefix = f"{network.ipv6_prefix.removesuffix('::')}:{slot}::/80"
    interface = make_interface(network, [address])
    ec2("assign_ipv6_addresses", NetworkInterfaceId=interface, Ipv6Prefixes=[prefix])
    public = give_public_address(interface)
    (described,) = ec2("describe_network_interfaces", NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    host = run_instance(interface, keys, key_name, ami)
    return Machine(host, address, prefix, described["PrivateIpAddress"], public)


@dataclass
class ComposeHost:
    """A machine under steps. `engine`: Docker's version, once `prepare` is done."""

    machine: Machine
    engine: str = ""

    @property
    def host(self) -> Host:
        return self.machine.host

    def prepare(self) -> None:
        """All steps that come before a project."""
        self.host.wait_for_unit("ssh.service")
        self.host.wait_until_succeeds("cloud-init status --wait >/dev/null || test $? = 2")
        facts = self._apply("facts", scripts_bundle()[0])
        self._apply("kernel", render.kernel_text())
        network = render.network_text(facts, self.machine.address, None)
        guarded(self._run, scripts_bundle()[1], "apply", "network", network)
        engine = self._apply("engine", render.engine_text(facts, EnginePackages()))
        self._apply("filter", render.filter_text(engine, self.machine.prefix, WISHES))
        self._apply("docker", render.docker_text(facts, engine, self.machine.prefix, WISHES))
        self.engine = parse_engine(engine)

    def apply(self, app: DeclaredApp) -> str:
        """One project's step; what it said. Raises CommandFailed."""
        text = render.compose_text(self.engine, self.machine.prefix, app=as_app(app), way="routed")
        return self._apply("compose", text, app["name"])

    def remove(self, name: str) -> str:
        """Takes a project away; what that said."""
        return self._run(remove_line("compose", scripts_bundle()[1], name), "")

    def address_of(self, number: int, place: int) -> str:
        """The address of the service at a place on the network of a number."""
        return f"{self.machine.prefix.removesuffix('::/80')}:{number}:0:{place + 1:x}"

    def in_service(self, service: str, command: str, project: str = "shop") -> str:
        """Runs a shell command in a service's container; what it printed. It must succeed."""
        return self.host.succeed(f"docker exec {project}-{service}-1 sh -c {json.dumps(command)}").strip()

    def started(self, project: str = "shop") -> dict[str, str]:
        """When each service's container was started, by the container's name."""
        text = self.host.succeed(
            "docker ps --all --quiet | xargs docker inspect --format '{{.Name}} {{.State.StartedAt}}'"
        )
        pairs = [line.removeprefix("/").split() for line in text.splitlines()]
        return {name: at for name, at in pairs if name.startswith(f"{project}-")}

    def _apply(self, concern: Concern, text: str, name: str | None = None) -> str:
        return self._run(command_line(concern, scripts_bundle()[1], name), text)

    def _run(self, line: str, text: str) -> str:
        result: subprocess.CompletedProcess[str] = self.host.run(["sh", "-c", line], timeout=600, text=text)
        if result.returncode:
            raise CommandFailed(f"{line}: {result.stderr}")
        return result.stdout + result.stderr
