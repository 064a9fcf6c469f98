"""Write a run's report again from what is on disk.

    ray job submit --working-dir . -- python jobs/report.py RUN

The same as `raymath report` on a machine of the cluster.
"""

import sys

from raymath.cli import main

if __name__ == "__main__":
    main(["report", *sys.argv[1:]])
