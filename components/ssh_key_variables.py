"""By which environment variables private SSH keys come to the local commands; lines and stdin are shown.

A module without Pulumi, so that those programs need not load it.
"""

from typing import Final

PRIVATE_KEY_VARIABLE: Final = "DUALSTACK_SSH_PRIVATE_KEY"
"""The key of all hosts and of the bastion, in OpenSSH's text form."""
OWN_PRIVATE_KEYS_VARIABLE: Final = "DUALSTACK_SSH_PRIVATE_KEYS"
"""A JSON object: the keys of those hosts that have their own, by the host's name."""
