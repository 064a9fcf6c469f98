"""What every node of a cluster can do, and which one differs from the others: `raymath doctor --cluster`.

    with ray_session(settings.cluster):
        for check in examine_nodes(Path("/shared")):
            ...

Each node is looked at by an actor of its own that takes no CPU. A single machine's checks are `raymath.doctor`'s.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from raymath.doctor import Check
from raymath.errors import UserError
from raymath.origin import versions

#: A node that has not answered by then is named instead of waited for.
_ANSWER_S = 60.0
_PINGS = 5
_CLOCK_S = 1.0
_DISK_GIB = 5.0


@dataclass(frozen=True)
class Look:
    """What was found on one node. ``error`` is set where it did not answer; the rest then says nothing."""

    node: str
    versions: dict[str, str]
    isolation: str
    disk_gib: float
    """Free where Ray and the sandbox keep their files."""
    shared: bool | None
    """It read the probe and left its own; None: not asked of it."""
    gpus_promised: int
    """As the node's Ray resources have it."""
    gpus: tuple[str, ...]
    """As its driver lists them, with what is wrong with them."""
    clock_s: float = 0.0
    """Ahead of this process's clock, seconds."""
    clock_error_s: float = 0.0
    """Half of the fastest round trip: how far off `clock_s` may be."""
    error: str = ""


class Examiner:
    """Looks at the node it runs on; an actor."""

    def clock(self) -> float:
        """The node's time of day."""
        return time.time()

    def look(self, node: str, promised: int, probe: Path | None, secret: str) -> Look:
        """Everything but the clock; `probe` is a file that this node has to read, and to write one beside."""
        from raymath import sandbox

        try:
            isolation = sandbox.probe()[0]
        except UserError as error:
            isolation = f"none ({error.what})"
        return Look(
            node=node,
            versions=versions(),
            isolation=isolation,
            disk_gib=shutil.disk_usage(tempfile.gettempdir()).free / 2**30,
            shared=None if probe is None else shares(probe, secret, node),
            gpus_promised=promised,
            gpus=_gpus(),
        )


def examine_nodes(shared: Path | None = None) -> list[Check]:
    """Look at all nodes of the cluster that Ray is connected to, and compare.

    Args:
        shared: a directory that all nodes with CPUs have to see, as runs are kept in it.
    """
    import ray

    alive = [one for one in ray.nodes() if one["Alive"]]  # type: ignore[no-untyped-call]
    with probe_file(shared) as (probe, secret):
        asked = [_ask(one, probe if one["Resources"].get("CPU") else None, secret) for one in alive]
        looks = [_shared_here(_answered(*one), probe) for one in asked]
    return [Check("nodes", "ok" if looks else "bad", f"{len(looks)}"), *judge(looks)]


def judge(looks: Sequence[Look]) -> Iterator[Check]:
    """One check a subject, over all nodes that answered; what differs from most of them is named."""
    for look in looks:
        if look.error:
            yield Check(f"node {look.node}", "bad", look.error, "look at its log, or take it out of the cluster")
    here = [look for look in looks if not look.error]
    yield from _same("versions", here, _versions_text, "give all nodes one image")
    yield from _same("isolation", here, lambda look: look.isolation, "give all nodes one kernel and one pod profile")
    full = [look for look in here if look.disk_gib < _DISK_GIB]
    found = _each(full, lambda look: f"{look.disk_gib:.1f} GiB free") or f"at least {_DISK_GIB:.0f} GiB free everywhere"
    yield Check("disk", "warn" if full else "ok", found, "free some there" if full else "")
    blind = [look for look in here if look.shared is False]
    if any(look.shared is not None for look in here):
        said = _each(blind, lambda _: "does not see it, or cannot write to it") or "seen by all nodes with CPUs"
        yield Check(
            "shared storage", "bad" if blind else "ok", said, "mount it there at the same path" if blind else ""
        )
    ill = [look for look in here if len(look.gpus) != look.gpus_promised or any("errors" in one for one in look.gpus)]
    said = _each(ill, lambda look: f"{look.gpus_promised} promised, the driver lists {', '.join(look.gpus) or 'none'}")
    total = sum(look.gpus_promised for look in here)
    yield Check("gpus", "bad" if ill else "ok", said or f"{total}, all in order", "mend its driver" if ill else "")
    off = [look for look in here if abs(look.clock_s) > _CLOCK_S + look.clock_error_s]
    said = _each(off, lambda look: f"{look.clock_s:+.1f} s") or f"within {_CLOCK_S:.0f} s of this one's"
    yield Check("clock", "warn" if off else "ok", said, "run a time service there" if off else "")


def _same(name: str, looks: Sequence[Look], text: Callable[[Look], str], fix: str) -> Iterator[Check]:
    counted = Counter(map(text, looks))
    if not counted:
        return
    usual = counted.most_common(1)[0][0]
    odd = [look for look in looks if text(look) != usual]
    if odd:
        yield Check(name, "bad", f"{_each(odd, lambda look: _difference(usual, text(look)))}; most have {usual}", fix)
    else:
        yield Check(name, "ok", usual)


def _difference(usual: str, other: str) -> str:
    """What a comma-separated text has that the usual one has not."""
    new = [part for part in other.split(", ") if part not in usual.split(", ")]
    return ", ".join(new) or f"lacks {', '.join(part for part in usual.split(', ') if part not in other.split(', '))}"


def _versions_text(look: Look) -> str:
    return ", ".join(f"{name} {version}" for name, version in look.versions.items())


def _each(looks: Sequence[Look], text: Callable[[Look], str]) -> str:
    return "; ".join(f"node {look.node}: {text(look)}" for look in looks)


def _ask(node: dict[str, Any], probe: Path | None, secret: str) -> tuple[Look, Any, Any]:
    """What is known of a node before it answers, its examiner, and the call that it works on."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    name = name_of(node)
    promised = int(node["Resources"].get("GPU", 0))
    place = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
    actor: Any = ray.remote(Examiner).options(num_cpus=0, scheduling_strategy=place).remote()
    return Look(name, {}, "", 0.0, None, promised, ()), actor, actor.look.remote(name, promised, probe, secret)


def name_of(node: dict[str, Any]) -> str:
    """What a node of `ray.nodes()` is called: its address, and the beginning of its id."""
    return f"{node['NodeManagerAddress']} ({node['NodeID'][:8]})"


def _answered(blank: Look, actor: Any, call: Any) -> Look:
    import ray
    from ray.exceptions import RayError

    try:
        look: Look = ray.get(call, timeout=_ANSWER_S)
        trips = []
        for _ in range(_PINGS):
            began = time.time()
            there: float = ray.get(actor.clock.remote(), timeout=_ANSWER_S)
            ended = time.time()
            trips.append(((ended - began) / 2, there - (began + ended) / 2))
        error, ahead = min(trips)
        return replace(look, clock_s=ahead, clock_error_s=error)
    except RayError as failure:
        return replace(blank, error=f"gives no answer: {type(failure).__name__}")
    finally:
        ray.kill(actor)


@contextmanager
def probe_file(shared: Path | None) -> Iterator[tuple[Path | None, str]]:
    """A file with a secret, in a directory of its own below the shared one; gone afterwards."""
    if shared is None:
        yield None, ""
        return
    try:
        home = Path(tempfile.mkdtemp(prefix=".raymath-doctor-", dir=shared))
    except OSError as error:
        raise UserError(f"cannot write to {shared}: {error.strerror}", "name a directory that exists here") from None
    try:
        home.chmod(0o777)  # nodes may run as other users
        secret = secrets.token_hex(8)
        (home / "probe").write_text(secret, encoding="utf-8")
        yield home / "probe", secret
    finally:
        shutil.rmtree(home, ignore_errors=True)


def shares(probe: Path, secret: str, node: str) -> bool:
    """Whether a probe's secret can be read here, and an answer of this node be written beside it."""
    try:
        if probe.read_text(encoding="utf-8") != secret:
            return False
        _answer(probe, node).write_text(secret, encoding="utf-8")
    except OSError:
        return False
    return True


def _answer(probe: Path, node: str) -> Path:
    return probe.with_name(node.replace("/", "_"))


def _shared_here(look: Look, probe: Path | None) -> Look:
    """A node's answer counts once its file is seen from here."""
    if look.shared and probe is not None and not _answer(probe, look.node).is_file():
        return replace(look, shared=False)
    return look


def _gpus() -> tuple[str, ...]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    query = [tool, "--query-gpu=name,ecc.errors.uncorrected.volatile.total", "--format=csv,noheader"]
    try:
        lines = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout.splitlines()
    except (subprocess.SubprocessError, OSError):
        return ()
    found = []
    for line in filter(None, lines):
        name, _, faults = line.partition(", ")
        found.append(name if not faults.isdigit() or faults == "0" else f"{name} with {faults} memory errors")
    return tuple(found)
