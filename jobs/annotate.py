"""Supervised fine-tuning, and the data before it where it is not built yet.

    ray job submit --working-dir . -- python jobs/annotate.py --config deepseekmath-7b

The same as `raymath annotate` on a machine of the cluster.
"""

import sys

from raymath.cli import main

if __name__ == "__main__":
    main(["annotate", *sys.argv[1:]])
