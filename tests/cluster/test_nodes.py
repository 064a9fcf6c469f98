"""`raymath doctor --cluster`: the odd node out is named, and two real nodes are looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from raymath import cli
from raymath.doctor import Check
from raymath.nodes import Look, judge

FINE = Look("10.0.0.1", {"torch": "2.13.0", "ray": "2.60.0"}, "strong", 80.0, True, 1, ("H100",), 0.01, 0.002)
THREE = [replace(FINE, node=f"10.0.0.{n}") for n in (1, 2, 3)]

SCRIPT = """
import subprocess, sys
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
cluster.add_node(num_cpus=1, num_gpus=1)
cluster.add_node(num_cpus=0, resources={"sandbox": 2})
try:
    command = [sys.executable, "-m", "raymath.cli", "doctor", "--cluster", "--json", "--shared", sys.argv[1]]
    import os
    done = subprocess.run(command, env=os.environ | {"RAY_ADDRESS": cluster.address}, text=True, capture_output=True)
    print(done.returncode, done.stdout, sep="\\n")
    print(done.stderr, file=sys.stderr)
finally:
    cluster.shutdown()
"""


def findings(looks: list[Look]) -> dict[str, Check]:
    return {check.name: check for check in judge(looks)}


def test_like_nodes_are_fine() -> None:
    found = findings(THREE)
    assert {check.state for check in found.values()} == {"ok"}
    assert found["versions"].found == "torch 2.13.0, ray 2.60.0"
    assert found["gpus"].found == "3, all in order"
    assert set(found) == {"versions", "isolation", "disk", "shared storage", "gpus", "clock"}


@pytest.mark.parametrize(
    ("odd", "name", "state", "says"),
    [
        ({"versions": {"torch": "2.12.0", "ray": "2.60.0"}}, "versions", "bad", "node 10.0.0.2: torch 2.12.0; most"),
        ({"versions": {"ray": "2.60.0"}}, "versions", "bad", "node 10.0.0.2: lacks torch 2.13.0; most"),
        ({"isolation": "none (no seccomp)"}, "isolation", "bad", "node 10.0.0.2: none (no seccomp); most have strong"),
        ({"disk_gib": 1.5}, "disk", "warn", "node 10.0.0.2: 1.5 GiB free"),
        ({"shared": False}, "shared storage", "bad", "node 10.0.0.2: does not see it"),
        ({"gpus": ()}, "gpus", "bad", "node 10.0.0.2: 1 promised, the driver lists none"),
        ({"gpus": ("H100 with 3 memory errors",)}, "gpus", "bad", "H100 with 3 memory errors"),
        ({"clock_s": -40.0}, "clock", "warn", "node 10.0.0.2: -40.0 s"),
        ({"error": "gives no answer: GetTimeoutError"}, "node 10.0.0.2", "bad", "gives no answer"),
    ],
)
def test_the_odd_one_is_named(odd: dict[str, object], name: str, state: str, says: str) -> None:
    found = findings([THREE[0], replace(THREE[1], **odd), THREE[2]])  # type: ignore[arg-type]
    assert (found[name].state, says in found[name].found) == (state, True), found[name]
    assert [check.name for check in found.values() if check.state != "ok"] == [name]
    assert found[name].fix


def test_a_clock_is_not_off_by_what_the_network_took() -> None:
    assert findings([replace(FINE, clock_s=5.0, clock_error_s=6.0)])["clock"].state == "ok"


def test_sandbox_nodes_need_no_shared_storage() -> None:
    assert findings([FINE, replace(FINE, shared=None)])["shared storage"].state == "ok"
    assert "shared storage" not in findings([replace(FINE, shared=None)])


def test_without_a_cluster(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(SystemExit) as ended:
        cli.main(["doctor", "--cluster"])
    assert ended.value.code == 1
    assert "Set RAY_ADDRESS" in capsys.readouterr().err


@pytest.mark.slow
def test_real_nodes(tmp_path: Path) -> None:
    """Three on this machine, one of which claims a GPU that no driver lists."""
    secret = "planted-token-52d1"
    env = os.environ | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secret, "RAY_DISABLE_USAGE_STATS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], env=env, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    code, said = done.stdout.strip().splitlines()[-2:]
    checks = {check["name"]: check for check in json.loads(said)}
    assert (code, checks["nodes"]["found"]) == ("1", "3"), done.stderr
    bad = [check["name"] for check in checks.values() if check["state"] == "bad"]
    assert bad == ["gpus"], checks
    assert "1 promised, the driver lists none" in checks["gpus"]["found"]
    assert checks["gpus"]["found"].count("node ") == 1
    assert checks["shared storage"]["found"] == "seen by all nodes with CPUs"
    assert list(tmp_path.iterdir()) == [], "the probe is gone"
    assert secret not in done.stdout + done.stderr
