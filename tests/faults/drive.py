"""A command that trains a drill on a Ray of its own: python drive.py DRILL."""

from __future__ import annotations

import sys

from drills import Drill

from raymath.session import ray_session
from raymath.train.run import train


def main() -> None:
    drill = Drill.read(sys.argv[1])
    settings = drill.all_settings()
    try:
        with ray_session(settings.cluster):
            train(settings, drill.model, drill.feed, drill.out)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
