"""What Serve says of the applications that run, asked by one thread at a time.

Serve pickles a deployment's request router and autoscaling policy by value, and notes so in one list of the process:
each time a deployment is made, and each time the status of one is read. Two threads at once take the note from each
other (``ValueError: … is not registered for pickle by value``).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ray import serve

if TYPE_CHECKING:
    from ray.serve.schema import ApplicationStatusOverview

#: Held to make deployments and to read their status.
ONE_AT_A_TIME = threading.Lock()


def applications() -> dict[str, ApplicationStatusOverview]:
    """Name → state of each application; none where no Serve runs."""
    with ONE_AT_A_TIME:
        return serve.status().applications
