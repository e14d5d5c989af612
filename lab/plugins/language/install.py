"""What `pulumi install` does for a Python program: the virtualenv and its requirements."""

from pathlib import Path

from lab.plugins.language.interpreter import Options, interpreter


def install_commands(directory: Path, options: Options) -> tuple[tuple[str, ...], ...]:
    """The commands to run in `directory`, in order: make a missing virtualenv, then install requirements.txt.

    Without a requirements.txt nothing is installed. Raises NoInterpreterError if there is no Python at all.
    """
    venv = options.virtualenv
    base = str(interpreter(Options(options.root, None)))
    python = base if venv is None else str(venv / "bin" / "python")
    commands: list[tuple[str, ...]] = []
    if venv is not None and not Path(python).exists():
        commands.append((base, "-m", "venv", str(venv)))
    if (directory / "requirements.txt").exists():
        commands.append(
            (python, "-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements.txt")
        )
    return tuple(commands)
