"""Curate, mix and render the training data of a configuration.

    ray job submit --working-dir . -- python jobs/data.py --config deepseekmath-7b

The same as `raymath data build` on a machine of the cluster.
"""

import sys

from raymath.cli import main

if __name__ == "__main__":
    main(["data", "build", *sys.argv[1:]])
