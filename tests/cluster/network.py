"""Machines with a network of their own, on one switch, whose cables can be cut and mended.

with Network() as network:
    address = network.connect()
    subprocess.run(network.inside(address, ["hostname", "-I"]))
    network.cut(address)

Linux network namespaces, and a bridge in one more (the hub, where the head and its clients belong): nothing of them can
reach, or be reached from, this machine's own network.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
from typing import Self


class Network:
    """A hub at `hub`, and the machines that were connected to it."""

    hub = "10.77.0.1"

    def __init__(self) -> None:
        self._name = f"rm-{secrets.token_hex(3)}"
        self._spaces: dict[str, str] = {}

    @staticmethod
    def why_not() -> str | None:
        """Why there can be none here."""
        if shutil.which("ip") is None or shutil.which("nsenter") is None:
            return "no `ip` or `nsenter` here: apt-get install iproute2 util-linux"
        if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode:
            return "no right to make a network namespace here"
        return None

    def __enter__(self) -> Self:
        hub = self._space(self.hub)
        _ip("-n", hub, "link", "add", "switch", "type", "bridge")
        self._up(hub, "switch", self.hub)
        return self

    def __exit__(self, *reason: object) -> None:
        for space in reversed(self._spaces.values()):
            _ip("netns", "delete", space)

    def connect(self) -> str:
        """One more machine, with an interface `eth0`: its address."""
        hub, address = self._spaces[self.hub], f"10.77.0.{len(self._spaces) + 1}"
        space = self._space(address)
        _ip("-n", hub, "link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space)
        _ip("-n", hub, "link", "set", space, "master", "switch")
        self.mend(address)
        self._up(space, "eth0", address)
        return address

    def cut(self, address: str) -> None:
        """Pull a machine's cable: nothing comes or goes, and nobody is told."""
        _ip("-n", self._spaces[self.hub], "link", "set", self._spaces[address], "down")

    def mend(self, address: str) -> None:
        """Put it in again."""
        _ip("-n", self._spaces[self.hub], "link", "set", self._spaces[address], "up")

    def inside(self, address: str, command: list[str]) -> list[str]:
        """The command as it is run on the machine, or hub, at an address."""
        return ["nsenter", f"--net=/run/netns/{self._spaces[address]}", "--", *command]

    def _space(self, address: str) -> str:
        self._spaces[address] = space = f"{self._name}-{len(self._spaces)}"
        _ip("netns", "add", space)
        _ip("-n", space, "link", "set", "lo", "up")
        return space

    def _up(self, space: str, interface: str, address: str) -> None:
        _ip("-n", space, "address", "add", f"{address}/24", "dev", interface)
        _ip("-n", space, "link", "set", interface, "up")
        # Ray and vLLM find out their address by asking for the way to one outside.
        _ip("-n", space, "route", "add", "default", "dev", interface)


def _ip(*args: str) -> None:
    done = subprocess.run(["ip", *args], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(args)}: {done.stderr}"
