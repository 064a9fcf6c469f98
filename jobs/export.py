"""A run's newest checkpoint as a Hugging Face directory.

    ray job submit --working-dir . -- python jobs/export.py RUN

The same as `raymath export` on a machine of the cluster.
"""

import sys

from raymath.cli import main

if __name__ == "__main__":
    main(["export", *sys.argv[1:]])
