"""Ray nodes as processes of this machine, started, killed and started again as a cloud's machines are.

with Nodes(env) as nodes:
    nodes.head()
    first, second = nodes.worker(cpus=1), nodes.worker(cpus=1)
    nodes.ready(cpus=2)
    nodes.kill(first)
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from network import Network

_RAY = [sys.executable, "-m", "ray.scripts.scripts", "start", "--disable-usage-stats", "--block"]


@dataclass
class Node:
    """One node: how it is started, and its process."""

    command: list[str]
    env: dict[str, str]
    process: subprocess.Popen[bytes]
    address: str

    def runs(self, name: str) -> bool:
        """Whether one of its processes has such a name: a regular expression."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if re.search(name, " ".join(process.cmdline())):
                    return True
        return False


class Nodes:
    """A head and its workers; `env` is what their processes, and those of tests, are started with.

    With a network, each worker is a machine of its own on it; head and commands are at its hub.
    """

    def __init__(self, env: dict[str, str], network: Network | None = None) -> None:
        self.port = _free_port()
        self._network = network
        self._hub = "127.0.0.1" if network is None else network.hub
        self.address = f"{self._hub}:{self.port}"
        # As the image has it.
        proxies = {"RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": "raymath.serve.proxy:middlewares"}
        self.env = env | {"RAY_AUTH_MODE": "disabled", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"} | proxies
        # Short: Ray's socket paths may have 107 bytes.
        self.home = Path(f"/tmp/rm-{secrets.token_hex(3)}")
        self._started: list[Node] = []

    def __enter__(self) -> Nodes:
        self.home.mkdir()
        return self

    def __exit__(self, *reason: object) -> None:
        for node in list(self._started):
            self.kill(node)
        shutil.rmtree(self.home, ignore_errors=True)

    def head(self, *options: str, **environment: str) -> Node:
        """A head without CPUs."""
        own = ["--head", f"--port={self.port}", "--num-cpus=0", "--include-dashboard=false", f"--temp-dir={self.home}"]
        return self._start([*self._alone(), *_RAY, *own, *options], environment, self._hub)

    def growing_head(self, directory: Path, most: int) -> Node:
        """A head whose autoscaler makes nodes of one CPU by Ray's fake provider, and takes them away after 12 s unused.

        Ray's own `AutoscalingCluster` wants a file that its wheels lack, and begins by ending every Ray of the machine.
        """
        kind = {"resources": {"CPU": 1, "object_store_memory": 2**27}, "node_config": {}, "max_workers": most}
        none = {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0}
        fake = "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider"
        # They all have one address, and nobody logs in to them.
        alone = {"disable_node_updaters": True, "worker_liveness_check": False, "use_node_id_as_ip": True}
        config = {
            "cluster_name": "growing",
            "max_workers": most,
            "idle_timeout_minutes": 0.2,
            "provider": {"type": "external", "module": fake, "gcs_address": self.address, **alone},
            "head_node_type": "ray.head.default",
            "available_node_types": {"cpu": {**kind, "min_workers": 0}, "ray.head.default": none},
            # No command is run and no file brought to these nodes; the autoscaler wants it said.
            "auth": {"ssh_user": "nobody"}, "file_mounts": {}, "file_mounts_sync_continuously": False,
            "cluster_synced_files": [],
            "initialization_commands": [], "setup_commands": [], "head_setup_commands": [],
            "worker_setup_commands": [], "head_start_ray_commands": [], "worker_start_ray_commands": [],
        }  # fmt: skip
        file = directory / "cluster.json"
        file.write_text(json.dumps(config))
        own = {"AUTOSCALER_UPDATE_INTERVAL_S": "1", "RAY_FAKE_CLUSTER": "1", "RAY_enable_autoscaler_v2": "0"}
        return self.head(f"--autoscaling-config={file}", **own)

    def worker(self, cpus: int = 1, *options: str, disk: Path | None = None) -> Node:
        """A node that works; with an empty disk of its own at `disk`, where it is given."""
        command = [*_RAY, f"--address={self.address}", f"--num-cpus={cpus}", *options]
        # A driver looks for its node in the session's folder, too.
        disks = [disk] * (disk is not None) + [self.home] * (self._network is not None)
        if disks:
            mounts = " && ".join(f'mount -t tmpfs tmpfs "{one}"' for one in disks)
            apart = self._alone() or ["unshare", "--mount"]
            command = [*apart, "bash", "-c", f'{mounts} && exec "$@"', "node", *command]
        return self._start(command, {}, self._hub if self._network is None else self._network.connect())

    def _alone(self) -> list[str]:
        """Ray looks for nodes, and for a head that is there already, among all processes that it sees."""
        apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        return apart if self._network is not None else []

    def ready(self, cpus: int, within_s: float = 600) -> None:
        """Wait until the nodes that are there have so many CPUs."""
        script = (
            "import ray, sys, time\n"
            f"end = time.time() + {within_s}\n"
            "while True:\n"
            "    try:\n"
            f"        ray.init(address='{self.address}', log_to_driver=False, logging_level='ERROR')\n"
            f"        while ray.cluster_resources().get('CPU', 0) != {cpus}:\n"
            "            assert time.time() < end, ray.cluster_resources()\n"
            "            time.sleep(0.5)\n"
            "        break\n"
            "    except (ConnectionError, RuntimeError):\n"
            "        assert time.time() < end, 'no head'\n"
            "        time.sleep(1)\n"
        )
        waiting = subprocess.Popen(self._inside(self._hub, [sys.executable, "-c", script]), env=self.env)
        while waiting.poll() is None:
            self._start_again()
            time.sleep(1)
        assert waiting.returncode == 0, f"{cpus} CPUs were not there in time"

    def _start_again(self) -> None:
        """On a busy machine a node may give itself up: Ray lets it take 30 s to start."""
        for node in self._started:
            if node.process.poll() is not None:
                node.process = _spawned(node.command, node.env)

    def kill(self, node: Node) -> None:
        """End a node as a power cut does: all of its processes at once."""
        self._started.remove(node)
        if node.process.poll() is None:
            top = psutil.Process(node.process.pid)
            group = [*top.children(recursive=True), top]
            for process in group:
                with suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(group[:-1], timeout=60)
        node.process.wait()

    def raymath(self, *args: str, at: Node | None = None, **environment: str) -> subprocess.Popen[str]:
        """A command on this cluster, run on the head's machine, or on that of another node."""
        command = [sys.executable, "-m", "raymath.cli", *args]
        if at is None:
            command = self._inside(self._hub, command)
        else:
            (first,) = psutil.Process(at.process.pid).children()
            command = ["nsenter", f"--target={first.pid}", "--net", "--mount", "--pid", "--", *command]
        return subprocess.Popen(
            command,
            env=self.env | {"RAY_ADDRESS": self.address} | environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def _inside(self, address: str, command: list[str]) -> list[str]:
        return command if self._network is None else self._network.inside(address, command)

    def _start(self, command: list[str], environment: dict[str, str], address: str) -> Node:
        env = self.env | environment
        if self._network is not None:
            command = self._inside(address, [*command, f"--node-ip-address={address}"])
            # All machines have one name, which leads to none of them.
            env |= {"GLOO_SOCKET_IFNAME": "switch" if address == self._hub else "eth0"}
        node = Node(command, env, _spawned(command, env), address)
        self._started.append(node)
        return node


def _spawned(command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def wait_for(what: Any, why: str, within_s: float = 400) -> Any:
    """What a function gives as soon as it gives something."""
    end = time.monotonic() + within_s
    while not (found := what()):
        assert time.monotonic() < end, why
        time.sleep(0.05)
    return found


def environment(**more: str) -> dict[str, str]:
    """This process's, without what other tests have left in it."""
    left = {"RAY_ADDRESS", "RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}
    return {name: value for name, value in os.environ.items() if name not in left} | {"OMP_NUM_THREADS": "1"} | more


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
