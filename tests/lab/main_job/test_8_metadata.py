"""The metadata service answers a host, and its containers only where that is asked for."""

import subprocess

from lab.machines import Host
from tests.lab.deployment import Deployment
from tests.lab.lab_session import eventually

ASK = """
import socket
asking = socket.create_connection(("169.254.169.254", 80), 3)
asking.sendall(b"PUT /latest/api/token HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n"
               b"X-aws-ec2-metadata-token-ttl-seconds: 60\\r\\n\\r\\n")
print(asking.recv(15).decode())
"""


def token(host: Host, container: str | None = None) -> subprocess.CompletedProcess[str]:
    """Asks for a token: the host, or with its namespace the container, whose image has no Python."""
    prefix: list[str] = []
    if container is not None:
        pid = host.succeed(f"docker inspect --format '{{{{.State.Pid}}}}' {container}").strip()
        prefix = ["nsenter", f"--net=/proc/{pid}/ns/net"]
    return host.run([*prefix, "timeout", "5", "python3", "-c", ASK])


def test_a_container_has_no_token_unless_its_host_says_so(deployment: Deployment, host_1: Host) -> None:
    assert eventually(lambda: token(host_1).stdout == "HTTP/1.1 200 OK\n")
    assert token(host_1, "web-1").returncode != 0
    hosts = deployment.config["hosts"]
    allowed = [{**host, "containersReachMetadata": host["name"] == "host-1"} for host in hosts]
    with deployment.changed(hosts=allowed):
        deployment.bring_up()
        assert deployment.host("host-1") == host_1
        assert eventually(lambda: token(host_1, "web-1").stdout == "HTTP/1.1 200 OK\n")
    deployment.bring_up()
    assert token(host_1, "web-1").returncode != 0
