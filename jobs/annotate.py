"""A teacher solves a mix's problems with tools; what is right becomes training examples.

    ray job submit --working-dir . -- python jobs/annotate.py --config quickstart-data --teacher org/model

The same as `raymath annotate` on a machine of the cluster.
"""

import sys

from raymath.cli import main

if __name__ == "__main__":
    main(["annotate", *sys.argv[1:]])
