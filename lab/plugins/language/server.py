"""The gRPC side of the language host: what the engine asks, answered."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from lab.engine.version import PINNED_VERSION
from lab.plugins.language.install import install_commands
from lab.plugins.language.interpreter import NoInterpreterError, Options, interpreter, read_options
from lab.plugins.language.packages import direct, installed, required_plugins
from lab.plugins.language.processes import Children, chunks

CHILD: Final = Path(__file__).with_name("child.py")
ERROR_SHOWN: Final = 32
PARENT_POLL_SECONDS: Final = 1.0
MESSAGE_BYTES: Final = 400 * 1024 * 1024
"""The limit that the engine and the SDK set for one message."""

NO_CODE_GENERATION: Final = (
    "this stand-in for pulumi-language-python generates no code: "
    "put Pulumi's own pulumi-language-python beside pulumi or on PATH and run the command again"
)

NO_SUGGESTED_PROGRAM: Final = (
    "the import itself is done, see `pulumi stack`, but no program is suggested for it: "
    "this stand-in for pulumi-language-python generates no code, Pulumi's own does; "
    "with --generate-code=false none is asked for"
)
"""`pulumi import` asks for a program last, when the state is written."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers the engine. Every call has its own thread."""

    def __init__(self, engine_address: str) -> None:
        self._engine = engine_address
        self._children = Children()

    def stop(self) -> None:
        """End what still runs."""
        self._children.terminate()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=PINNED_VERSION)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self.stop()
        return empty_pb2.Empty()

    def About(
        self, request: language_pb2.AboutRequest, context: grpc.ServicerContext
    ) -> language_pb2.AboutResponse:
        python = _interpreter(_options(request.info), context)
        answer = subprocess.run([python, "-V"], capture_output=True, text=True, check=False)
        version = answer.stdout.strip().removeprefix("Python ")
        return language_pb2.AboutResponse(executable=str(python), version=version)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        python = _interpreter(_options(request.info), context)
        return language_pb2.GetRequiredPackagesResponse(
            packages=[
                plugin_pb2.PackageDependency(
                    name=plugin.name, kind="resource", version=plugin.version, server=plugin.server
                )
                for plugin in required_plugins(installed(python))
            ]
        )

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        found = installed(_interpreter(_options(request.info), context))
        shown = found if request.transitiveDependencies else direct(found)
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=entry.name, version=entry.version) for entry in shown
            ]
        )

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        directory = Path(request.directory)
        options = _options(request.info, request.directory)
        _interpreter(replace(options, virtualenv=None), context)
        for command in install_commands(directory, options):
            with self._children.start(command, directory, os.environ, piped=True) as process:
                for name, data in chunks(process):
                    yield language_pb2.InstallDependenciesResponse(**{name: data})
                if process.wait() != 0:
                    line = " ".join(map(str, command))
                    context.abort(grpc.StatusCode.UNKNOWN, f"exit code {process.returncode} of `{line}`")

    def Run(
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        try:
            python = interpreter(_options(request.info))
        except NoInterpreterError as error:
            return language_pb2.RunResponse(error=str(error))
        command = [python, "-u", CHILD, json.dumps(self._child_request(request))]
        environ = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        with self._children.start(command, Path(request.pwd), environ, piped=False) as process:
            context.add_callback(process.terminate)
            code = process.wait()
        if code == 0:
            return language_pb2.RunResponse()
        if code == ERROR_SHOWN:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        python = _interpreter(_options(request.info), context)
        program = Path(request.info.program_directory, request.info.entry_point).resolve()
        environ = dict(entry.split("=", 1) for entry in request.env if "=" in entry) or dict(os.environ)
        command = [python, "-u", program, *request.args]
        with self._children.start(command, Path(request.pwd), environ, piped=True) as process:
            context.add_callback(process.terminate)
            for name, data in chunks(process):
                yield (
                    language_pb2.RunPluginResponse(stdout=data)
                    if name == "stdout"
                    else language_pb2.RunPluginResponse(stderr=data)
                )
            yield language_pb2.RunPluginResponse(exitcode=process.wait())

    def GeneratePackage(
        self, request: language_pb2.GeneratePackageRequest, context: grpc.ServicerContext
    ) -> language_pb2.GeneratePackageResponse:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, NO_CODE_GENERATION)

    def GenerateProgram(
        self, request: language_pb2.GenerateProgramRequest, context: grpc.ServicerContext
    ) -> language_pb2.GenerateProgramResponse:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, NO_SUGGESTED_PROGRAM)

    def GenerateProject(
        self, request: language_pb2.GenerateProjectRequest, context: grpc.ServicerContext
    ) -> language_pb2.GenerateProjectResponse:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, NO_CODE_GENERATION)

    def Link(
        self, request: language_pb2.LinkRequest, context: grpc.ServicerContext
    ) -> language_pb2.LinkResponse:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, NO_CODE_GENERATION)

    def _child_request(self, request: language_pb2.RunRequest) -> dict[str, Any]:
        directory = Path(request.info.program_directory or request.pwd)
        entry = request.info.entry_point or request.program or "."
        return {
            "program": str((directory / entry).resolve()),
            "pwd": request.pwd,
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization,
            "root_directory": request.info.root_directory,
            "parallel": request.parallel,
            "preview": request.dryRun,
            "engine": self._engine,
            "monitor": request.monitor_address,
        }


def _options(info: language_pb2.ProgramInfo, directory: str = "") -> Options:
    return read_options(info.root_directory or directory, json_format.MessageToDict(info.options))


def _interpreter(options: Options, context: grpc.ServicerContext) -> Path:
    try:
        return interpreter(options)
    except NoInterpreterError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def main() -> int:
    """Serve until SIGINT, SIGTERM or the engine's death. The port is the first line on stdout."""
    host = LanguageHost(sys.argv[1] if len(sys.argv) > 1 else "")
    limits = [
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_send_message_length", MESSAGE_BYTES),
    ]
    server = grpc.server(ThreadPoolExecutor(max_workers=32), options=limits)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    leaving = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda _signal, _frame: leaving.set())
    server.start()
    print(port, flush=True)
    # An engine that was killed says nothing: its orphan gets another parent.
    parent = os.getppid()
    while not leaving.wait(PARENT_POLL_SECONDS) and os.getppid() == parent:
        pass
    host.stop()
    server.stop(grace=1.0).wait()
    return 0
