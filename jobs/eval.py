"""Evaluate a run's base and tuned model, with and without tools.

    ray job submit --working-dir . -- python jobs/eval.py RUN

The same as `raymath eval` on a machine of the cluster.
"""

import sys

from raymath.cli import main

if __name__ == "__main__":
    main(["eval", *sys.argv[1:]])
