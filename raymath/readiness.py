"""Whether a cluster is ready for a run: its directory seen by all nodes, its kinds of nodes there or to come.

    require_shared(run.path)                 # MachineError names the nodes that do not see it
    for line in awaited(settings.cluster, {"train": (2, 1)}): say(line)

Asked before a stage begins, so that nothing is lost or hangs later without a word. What nodes can do is left to
`raymath.nodes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from raymath.config import ClusterSettings, PlaceSettings
from raymath.errors import MachineError
from raymath.nodes import name_of, probe_file, shares

_ANSWER_S = 60.0
_ALTERNATIVES = re.compile(r"^(!?)in\((.*)\)$")
_HEAD = "node:__internal_head__"


def require_shared(directory: Path) -> None:
    """Refuse a directory that a node which may work in it does not have; nodes without CPUs never do.

    Raises:
        MachineError: with the nodes that do not see it, or cannot write to it.
    """
    workers = [one for one in _alive() if one["Resources"].get("CPU")]
    if len(_alive()) < 2:
        return
    with probe_file(directory) as (probe, secret):
        assert probe is not None
        calls = {name_of(one): _asked(one, probe, secret) for one in workers}
        blind = [name for name, call in calls.items() if not _sees(call)]
    if blind:
        raise MachineError(
            f"{directory} is not shared: {_listed(blind)} cannot read or write what is in it here",
            "mount shared storage (NFS, FSx, Filestore) at that path on all nodes, or let the run live at a URI: "
            "--runs s3://bucket/runs",
        )


#: What asks for the CPUs and GPUs of one worker.
_KEYS = {
    "train": "train.cpus_per_worker, train.gpus_per_worker",
    "serve": "serve.cpus_per_replica, serve.gpus_per_replica",
}


def awaited(
    cluster: ClusterSettings,
    asked: Mapping[str, tuple[float, float]],
    nodes: Sequence[Mapping[str, Any]] | None = None,
) -> Iterator[str]:
    """One line for each kind of work whose nodes are not there yet, and for a head that has CPUs to give away.

    Args:
        cluster: where the kinds of work are to go.
        asked: by kind of work the CPUs and GPUs of one worker, which one node has to have.
        nodes: as `ray.nodes()` gives them; those of the cluster where not given.
    """
    alive = [one for one in (_alive() if nodes is None else nodes) if one["Alive"]]
    for work in ("data", "sandbox", "train", "serve"):
        place: PlaceSettings | None = getattr(cluster, work)
        if place is None:
            continue
        there = [one["Resources"] for one in alive if suits(one, place)]
        cpus, gpus = asked.get(work, (0, 0))
        kind = place.resource or "CPU"
        if not there:
            yield f"no node of cluster.{work} ({_spelled(place)}) is there yet: waiting for the autoscaler to add one"
        elif not any(one.get(kind, 0) >= cpus and one.get("GPU", 0) >= gpus for one in there):
            most = max((one.get("GPU", 0), one.get(kind, 0)) for one in there)
            yield (
                f"no node has room for one worker of {work} ({cpus:g} {kind}, {gpus:g} GPU; the largest has "
                f"{most[1]:g} and {most[0]:g}): waiting for the autoscaler to add one; or ask for less: {_KEYS[work]}"
            )
    heads = [one for one in alive if _HEAD in one["Resources"] and one["Resources"].get("CPU")]
    if heads and len(alive) > 1:
        cpus = heads[0]["Resources"]["CPU"]
        yield f"the head has {cpus:g} CPUs to give away, so work may run beside the control plane: start it with none"


def suits(node: Mapping[str, Any], place: PlaceSettings) -> bool:
    """Whether a node of `ray.nodes()` has a place's resource and labels."""
    labels = node.get("Labels") or {}
    return (not place.resource or place.resource in node["Resources"]) and all(
        _selected(labels.get(name), wanted) for name, wanted in place.labels.items()
    )


def _selected(value: str | None, wanted: str) -> bool:
    """A label against a selector of Ray's: `a`, `!a`, `in(a, b)`, `!in(a, b)`."""
    among = _ALTERNATIVES.match(wanted)
    if among:
        inside = value in [one.strip() for one in among.group(2).split(",")]
        return inside != bool(among.group(1))
    return (value != wanted[1:]) if wanted.startswith("!") else value == wanted


def _spelled(place: PlaceSettings) -> str:
    parts = [f"resource {place.resource}"] if place.resource else []
    return ", ".join([*parts, *(f"{name}={value}" for name, value in place.labels.items())])


def _alive() -> list[dict[str, Any]]:
    import ray

    return [one for one in ray.nodes() if one["Alive"]]  # type: ignore[no-untyped-call]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more nodes" if len(names) > 3 else ""
    return ", ".join(f"node {name}" for name in names[:3]) + more


def _asked(node: dict[str, Any], probe: Path, secret: str) -> Any:
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    place = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
    task: Any = ray.remote(shares).options(num_cpus=0, scheduling_strategy=place, max_retries=1)
    return task.remote(probe, secret, name_of(node))


def _sees(call: Any) -> bool:
    import ray
    from ray.exceptions import GetTimeoutError, RayError

    try:
        return bool(ray.get(call, timeout=_ANSWER_S))
    except GetTimeoutError:
        return False  # a node that says nothing is none to work on
    except RayError:
        return True  # it went meanwhile: what it saw is nobody's business now
