"""One connection to Ray for one command: a running cluster, or a small local one that ends with the command.

    with ray_session(settings.cluster) as where:
        ...

The door to `ray.init`. A local Ray listens on this machine only, asks for a token that nothing else knows, and
leaves no process and no file when the block ends, also by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from raymath.config import ClusterSettings
from raymath.errors import MachineError

_OBJECT_STORE_BYTES = 500 * 2**20


@contextmanager
def ray_session(settings: ClusterSettings) -> Iterator[str]:
    """Connect to `settings.address`, else to the cluster this process runs in, else start a local Ray.

    Yields:
        What it is connected to, for people.

    Raises:
        MachineError: no cluster answers at the address.
    """
    import ray

    address = settings.address or os.environ.get("RAY_ADDRESS")
    with _terminate_as_interrupt():
        if address:
            try:
                ray.init(address=address, log_to_driver=False, logging_level="warning")
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise MachineError(
                    f"no Ray cluster answers at {address}: {str(error).splitlines()[0]}",
                    "check the address and RAY_AUTH_TOKEN_PATH, or leave cluster.address out to start a local one",
                ) from None
            try:
                yield f"the cluster at {address}"
            finally:
                ray.shutdown()
            return
        home = Path(tempfile.mkdtemp(prefix="raymath-"))  # short: Ray's socket paths may have 107 bytes
        try:
            _start_local(settings, home)
            yield "a local Ray"
        finally:
            ray.shutdown()
            shutil.rmtree(home, ignore_errors=True)


def _start_local(settings: ClusterSettings, home: Path) -> None:
    import ray

    token = home / "token"
    token.touch(mode=0o600)
    token.write_text(secrets.token_hex(32))
    # Ray reads these when it starts its processes; without them it would write a token into the home folder.
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ["RAY_AUTH_TOKEN_PATH"] = str(token)
    os.environ.setdefault("RAY_DISABLE_USAGE_STATS", "1")
    ray.init(
        num_cpus=settings.cpus or max(2, len(os.sched_getaffinity(0))),
        include_dashboard=False,
        log_to_driver=False,
        logging_level="warning",
        object_store_memory=_OBJECT_STORE_BYTES,
        _temp_dir=str(home),
    )


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
