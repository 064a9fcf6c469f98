"""A model behind the OpenAI API, until the job is stopped.

    ray job submit --working-dir . -- python jobs/serve.py RUN

The same as `raymath serve` on a machine of the cluster.
"""

import sys

from raymath.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
