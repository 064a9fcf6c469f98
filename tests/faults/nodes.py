"""Nodes that come and go under a training run: python nodes.py DRILL CPUS EVENT …

Starts a Ray cluster on this machine: a head without CPUs, and a node for each of CPUS (``1,1``), then trains on it.
Each EVENT is ``STEP:ACTION``, done once that step is finished: ``kill`` a node that hosts a worker, ``drain`` it (Ray's
notice that it will be taken away, and then the taking), ``add`` a node of one CPU. Writes events.json beside the run.
"""

from __future__ import annotations

import json
import os
import sys
import time

from drills import Drill

DRAIN_S = 60


def main() -> None:
    drill = Drill.read(sys.argv[1])
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    os.environ["RAY_ADDRESS"] = cluster.address
    nodes = [cluster.add_node(num_cpus=int(cpus)) for cpus in sys.argv[2].split(",")]
    events = [(int(step), action) for step, action in (event.split(":") for event in sys.argv[3:])]
    from raymath.session import ray_session
    from raymath.train.run import train

    settings = drill.all_settings()
    done = []

    def happen(steps: int, _total: int, _detail: str) -> None:
        """Called in the main thread, which alone may start a node."""
        if not events or steps <= events[0][0]:
            return
        _, action = events.pop(0)
        if action == "add":
            nodes.append(cluster.add_node(num_cpus=1))
        else:
            node = next(node for node in nodes if hosts_a_worker(node.node_id))
            nodes.remove(node)
            if action == "drain":
                drain(node.node_id)
                saved = drill.position()
                while drill.position() == saved:
                    time.sleep(0.1)
            cluster.remove_node(node, allow_graceful=False)
        done.append({"action": action, "at": time.time(), "steps": steps})

    try:
        with ray_session(settings.cluster):
            summary = train(settings, drill.model, drill.feed, drill.out, progress=happen)
        (drill.out.parent / "events.json").write_text(json.dumps({"done": done, "steps": summary["steps"]}))
    finally:
        cluster.shutdown()


def hosts_a_worker(node: str) -> bool:
    import ray

    free = ray._private.state.available_resources_per_node()
    return free.get(node, {}).get("CPU", 0) < 1


def drain(node: str) -> None:
    """What an autoscaler does when the cloud announces that it takes a machine back."""
    import ray
    from ray._raylet import GcsClient
    from ray.core.generated.autoscaler_pb2 import DrainNodeReason

    client = GcsClient(address=ray.get_runtime_context().gcs_address)
    deadline_ms = int((time.time() + DRAIN_S) * 1000)
    reason = DrainNodeReason.Value("DRAIN_NODE_REASON_PREEMPTION")
    accepted, why = client.drain_node(node, reason, "the drill takes it back", deadline_ms)
    assert accepted, why


if __name__ == "__main__":
    main()
