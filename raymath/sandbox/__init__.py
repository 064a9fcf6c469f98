"""One program in, one Execution out: where programs that a model wrote are run.

    run("print(6 * 7)").stdout            # '42\\n'

Every program gets a fresh process of its own, which ends, with everything it started, before the call returns.
The contract, which every executor has to keep (`tests/conformance/test_sandbox_conformance.py`):

- The status comes from the process's wait status and the supervisor's clock, never from what the program wrote.
  ``ok``: it ran to its end (`exit()` and `sys.exit(0)` included); ``error``: an exception or `sys.exit` with
  anything else ended it; ``timeout``; ``memory``: out of its memory limit; ``output_limit``: it wrote more than
  the cap; ``killed``: it died otherwise (a signal, `os._exit`, too many threads); ``infra``: it could not be
  run, which says nothing about the program.
- What it wrote before its end is kept, whatever the end was, up to the cap.
- It inherits nothing: no environment, descriptors, arguments, working directory, standard input.
- The same program gives the same output: the seeds of hashing, `random` and `numpy.random` are fixed.

`isolation_level` and `probe` say how much holds it. Rows of a file are left to `raymath.sandbox.jsonl`, a cluster
to `raymath.sandbox.pool`.
"""

from raymath.sandbox.batch import run_batch
from raymath.sandbox.calls import close, run, run_async
from raymath.sandbox.isolation import Probe, isolation_level, probe, warm

__all__ = ["Probe", "close", "isolation_level", "probe", "run", "run_async", "run_batch", "warm"]
