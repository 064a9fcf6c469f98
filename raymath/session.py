"""One connection to Ray for one command: a running cluster, or a small local one that ends with the command.

    with ray_session(settings.cluster) as where:
        ...

The door to `ray.init`. A local Ray listens on this machine only, asks for a token that nothing else knows, and
leaves no process and no file when the block ends, also by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType

from raymath.config import ClusterSettings
from raymath.errors import MachineError

_OBJECT_STORE_BYTES = 500 * 2**20


def cluster_address(settings: ClusterSettings) -> str | None:
    """The cluster to connect to: of the settings, or the one that this process is a job of; None: a local Ray."""
    return settings.address or os.environ.get("RAY_ADDRESS")


@contextmanager
def ray_session(settings: ClusterSettings) -> Iterator[str]:
    """Connect to `settings.address`, else to the cluster this process runs in, else start a local Ray.

    While it lasts, what is printed goes to stderr; `raymath.console.result` writes to stdout.

    Yields:
        What it is connected to, for people.

    Raises:
        MachineError: no cluster answers at the address.
    """
    address = cluster_address(settings)
    with (
        # Ray says on stdout what its processes complain of; there only results belong.
        redirect_stdout(sys.stderr),
        _terminate_as_interrupt(),
        _cluster(address) if address else _local(settings) as where,
        _terminate_as_interrupt(),  # again: ray.init puts a handler of its own in place
    ):
        yield where


@contextmanager
def _cluster(address: str) -> Iterator[str]:
    _require_answer(address)
    import ray

    ray.init(address=address, log_to_driver=False, logging_level=logging.WARNING)
    try:
        yield f"the cluster at {address}"
    finally:
        ray.shutdown()


@contextmanager
def _local(settings: ClusterSettings) -> Iterator[str]:
    home = Path(tempfile.mkdtemp(prefix="raymath-"))  # short: Ray's socket paths may have 107 bytes
    try:
        token = home / "token"
        token.touch(mode=0o600)
        token.write_text(secrets.token_hex(32))
        # Ray reads these once, when it is first imported; without them it would write a token into the home folder.
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN_PATH"] = str(token)
        os.environ.setdefault("RAY_DISABLE_USAGE_STATS", "1")
        os.environ.setdefault("RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH", "raymath.serve.proxy:middlewares")
        import ray

        ray.init(
            address="local",
            num_cpus=settings.cpus or max(2, len(os.sched_getaffinity(0))),
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.WARNING,
            object_store_memory=_OBJECT_STORE_BYTES,
            _temp_dir=str(home),
        )
        try:
            yield "a local Ray"
        finally:
            ray.shutdown()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _require_answer(address: str) -> None:
    # Left to itself, ray.init asks a closed port for seven minutes and then ends the process.
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        return  # "auto" or a ray:// URL: Ray finds the port itself
    try:
        socket.create_connection((host.removeprefix("ray://"), int(port)), timeout=10).close()
    except OSError as error:
        raise MachineError(
            f"no Ray cluster answers at {address}: {error.strerror or error}",
            "check the address, or leave cluster.address and RAY_ADDRESS out to start a local Ray",
        ) from None


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does, so that a stopped job cleans up too."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
