"""The whole recipe, small.

    ray job submit --working-dir . -- python jobs/quickstart.py

The same as `raymath quickstart` on a machine of the cluster.
"""

import sys

from raymath.cli import main

if __name__ == "__main__":
    main(["quickstart", *sys.argv[1:]])
