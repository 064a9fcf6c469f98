"""Which nodes do what: what tasks ask Ray for, what a run says it waits for, and real nodes with labels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from raymath.config import ClusterSettings, PlaceSettings, load, validate
from raymath.errors import ConfigError
from raymath.readiness import awaited, suits


def test_what_is_asked_for() -> None:
    assert PlaceSettings().options(2) == {"num_cpus": 2}
    assert PlaceSettings(labels={"gpu": "h200"}).options(8, 1) == {
        "num_cpus": 8, "num_gpus": 1, "label_selector": {"gpu": "h200"},
    }  # fmt: skip
    # Nodes of their own have no CPUs: nothing else is placed there.
    assert PlaceSettings(resource="sandbox").options(0.9) == {"num_cpus": 0, "resources": {"sandbox": 0.9}}


def test_a_place_is_a_table_or_a_resource() -> None:
    given = ['cluster.train.labels={"ray.io/node-group" = "gpu"}', "cluster.sandbox=sandbox"]
    cluster = load("quickstart", given).cluster
    assert cluster.train.labels == {"ray.io/node-group": "gpu"}
    assert cluster.sandbox == PlaceSettings(resource="sandbox")
    assert cluster.data == PlaceSettings()
    with pytest.raises(ConfigError, match="is Ray's own"):
        load("quickstart", ["cluster.sandbox=CPU"])
    with pytest.raises(ConfigError, match=r"unknown key 'cluster\.trian'"):
        validate({"cluster": {"trian": "gpu"}}, "the test")


def node(labels: dict[str, str] | None = None, alive: bool = True, **resources: float) -> dict[str, Any]:
    return {"Alive": alive, "Labels": labels or {}, "Resources": resources}


@pytest.mark.parametrize(
    ("wanted", "value", "fits"),
    [
        ("a100", "a100", True), ("a100", "h100", False), ("a100", None, False),
        ("!spot", "spot", False), ("!spot", "on-demand", True), ("!spot", None, True),
        ("in(a100, h100)", "h100", True), ("in(a100, h100)", "h200", False), ("in(a100)", None, False),
        ("!in(a100, h100)", "h200", True), ("!in(a100, h100)", "a100", False),
    ],
)  # fmt: skip
def test_a_node_with_the_label(wanted: str, value: str | None, fits: bool) -> None:
    there = node({} if value is None else {"kind": value}, CPU=1)
    assert suits(there, PlaceSettings(labels={"kind": wanted})) is fits


def test_what_a_run_waits_for() -> None:
    cluster = ClusterSettings(
        sandbox=PlaceSettings(resource="sandbox"), train=PlaceSettings(labels={"kind": "h200", "zone": "a"})
    )
    head = node(CPU=0.0, **{"node:__internal_head__": 1})
    lines = list(awaited(cluster, {}, [head, node(CPU=4), node({"kind": "h200"}, CPU=4), node(alive=False, sandbox=1)]))
    assert lines == [
        "no node of cluster.sandbox (resource sandbox) is there yet: waiting for the autoscaler to add one",
        "no node of cluster.train (kind=h200, zone=a) is there yet: waiting for the autoscaler to add one",
    ]
    assert list(awaited(cluster, {}, [node({"kind": "h200", "zone": "a"}, CPU=4, sandbox=2)])) == []
    busy = node(CPU=4, **{"node:__internal_head__": 1})
    assert ["start it with none" in line for line in awaited(ClusterSettings(), {}, [busy, node(CPU=4)])] == [True]
    assert list(awaited(ClusterSettings(), {}, [busy])) == [], "a machine alone is its own head"


def test_a_worker_that_no_node_can_hold_is_said() -> None:
    asked = {"train": (2.0, 8.0), "serve": (2.0, 0.0)}
    small, other = node(CPU=4, GPU=4), node(CPU=1, GPU=8)
    assert list(awaited(ClusterSettings(), asked, [small, other])) == [
        "no node has room for one worker of train (2 CPU, 8 GPU; the largest has 1 and 8): waiting for the autoscaler "
        "to add one; or ask for less: train.cpus_per_worker, train.gpus_per_worker"
    ]
    assert list(awaited(ClusterSettings(), asked, [small, other, node(CPU=2, GPU=8)])) == []
    kept = ClusterSettings(train=PlaceSettings(resource="trainer"))
    assert "(2 trainer, 0 GPU; the largest has 1 and 0)" in next(
        awaited(kept, {"train": (2.0, 0.0)}, [node(CPU=64, trainer=1)])
    )


SCRIPT = """
import asyncio, json, os, pathlib, secrets, sys
from ray.cluster_utils import Cluster
out, seen, model = sys.argv[1:]
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
nodes = {
    "data": cluster.add_node(num_cpus=2, labels={"role": "data"}),
    "train": cluster.add_node(num_cpus=1, labels={"role": "train"}),
    "sandbox": cluster.add_node(num_cpus=0, resources={"sandbox": 2}),
}
os.environ["RAY_ADDRESS"] = cluster.address
from raymath import cli
from raymath.data import parts, tasks
from raymath.train import run

def note(name):
    import ray
    node = ray.get_runtime_context().get_node_id()
    pathlib.Path(seen, secrets.token_hex(4)).write_text(json.dumps([name, node]))

def spied(stage, name):
    def spy(*args, **given):
        note(name)
        return stage(*args, **given)
    return spy

for name in ("read_piece", "verify", "label", "write_chunk"):
    setattr(tasks, name, spied(getattr(tasks, name), name))
parts.make = spied(parts.make, "make")
run._work = spied(run._work, "train")
places = ['cluster.data.labels={role="data"}', 'cluster.train.labels={role="train"}', "cluster.sandbox=sandbox"]
own = [f"model.name={model}", "model.template=chat", "data.context=512"]
own += ["train.cpus_per_worker=1", "train.steps=2", "train.batch=2"]
try:
    try:
        cli.main(["train", "--config", "quickstart", "--runs", out, *places, *own])
    except SystemExit as ended:
        code = ended.code
    import ray
    from raymath.config import PlaceSettings, SandboxSettings
    from raymath.records import Program
    from raymath.sandbox.pool import SandboxPool

    async def ask():
        pool = SandboxPool(SandboxSettings(), num_cpus=1, place=PlaceSettings(resource="sandbox"))
        done = await pool.run(Program(code="print(6 * 7)"))
        there = pool._slots[0].actor.__ray_call__.remote(lambda _: ray.get_runtime_context().get_node_id())
        found = done.stdout, await there
        pool.close()
        return found

    ray.init(address=cluster.address, log_to_driver=False)
    printed, where = asyncio.run(ask())
    print(json.dumps([code, printed, where, {name: node.node_id for name, node in nodes.items()}]))
    ray.shutdown()
finally:
    cluster.shutdown()
"""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_each_kind_of_work_goes_to_its_nodes(tmp_path: Path, tiny_model: Path) -> None:
    """A head without CPUs, and a node each for data, training, programs: nothing is done where it does not belong."""
    seen = tmp_path / "seen"
    seen.mkdir()
    env = os.environ | {"RAY_AUTH_MODE": "disabled", "RAY_DISABLE_USAGE_STATS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "runs"), str(seen), str(tiny_model)],
        env=env, capture_output=True, text=True, timeout=1100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    code, printed, supervisor, nodes = json.loads(done.stdout.strip().splitlines()[-1])
    assert (code, printed) == (0, "42\n"), done.stderr
    names = {node: name for name, node in nodes.items()}
    where: dict[str, set[str]] = {}
    for file in seen.iterdir():
        work, place = json.loads(file.read_text())
        where.setdefault(work, set()).add(names.get(place, "the head"))
    assert where == {
        "read_piece": {"data"}, "verify": {"sandbox"}, "label": {"data"}, "write_chunk": {"data"}, "make": {"data"},
        "train": {"train"},
    }  # fmt: skip
    assert names[supervisor] == "sandbox"
