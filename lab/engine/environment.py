"""The environment in which plain `pulumi` commands work on the lab."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lab.engine.home import prepare_home
from lab.engine.prepare import prepare_engine
from lab.names import ACCESS_KEY_ID, ENDPOINT_URL, PASSPHRASE, REGION, SECRET_ACCESS_KEY
from lab.paths import VENV_DIR, cache_dir, lab_state_dir

DROPPED: Final = frozenset(
    {
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
        "PULUMI_DEBUG_PROVIDERS",
        "PULUMI_STACK",
        "PYTHONDONTWRITEBYTECODE",
    }
)
"""What would lead the engine elsewhere. All of AWS_* goes too: the lab never touches a real account.

Python's compiled files are wanted: with them a program starts in half the time (docs/dependencies.md).
"""


def environment(
    *,
    home: Path | None = None,
    backend: Path | None = None,
    endpoint_url: str = ENDPOINT_URL,
    environ: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The whole environment of a process that runs `pulumi` on the lab, made from `environ` (ours).

    `home` is PULUMI_HOME and is prepared; `backend` is the folder of the stacks' state. Both default to the
    lab's own. `endpoint_url` is where AWS is.

    Raises EngineError if there is no engine and none can be had.
    """
    inherited = os.environ if environ is None else environ
    home = home or lab_state_dir() / "pulumi-home"
    backend = backend or lab_state_dir() / "backend"
    backend.mkdir(parents=True, exist_ok=True)
    bin_dir = prepare_home(home, prepare_engine(), inherited)
    kept = {
        key: value for key, value in inherited.items() if not key.startswith("AWS_") and key not in DROPPED
    }
    return {
        **kept,
        "PATH": os.pathsep.join((str(bin_dir), str(VENV_DIR / "bin"), inherited.get("PATH", os.defpath))),
        "PYTHONPYCACHEPREFIX": str(cache_dir() / "pycache"),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
