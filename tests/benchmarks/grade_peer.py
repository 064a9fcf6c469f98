"""What the grader is compared with: math-verify alone, in two processes. Started by `grade_speed.py`.

    python tests/benchmarks/grade_peer.py < pairs.jsonl     # {"prediction", "gold"} a line

Imports nothing of raymath, so that any interpreter with math-verify can run it. Reads all pairs, warms its processes,
then grades; prints one JSON object: seconds, verdicts, the library's version. As its README shows: both sides parsed
in math delimiters, `verify(gold, answer)` with the library's own time limits; what raises is not equal.
"""

from __future__ import annotations

import importlib.metadata
import json
import logging
import multiprocessing
import sys
import time
from typing import Any

PROCESSES = 2


def same(pair: dict[str, str]) -> bool:
    """One verdict of math-verify."""
    from math_verify import parse, verify

    try:
        return bool(verify(parse(f"${pair['gold']}$"), parse(f"${pair['prediction']}$")))
    except Exception:
        return False


def quiet() -> None:
    """In each process: no warnings, and everything imported and used once."""
    logging.disable(logging.CRITICAL)
    same({"gold": "\\frac{1}{2}", "prediction": "0.5"})


def main() -> None:
    pairs: list[dict[str, Any]] = [json.loads(line) for line in sys.stdin]
    with multiprocessing.get_context("spawn").Pool(PROCESSES, initializer=quiet) as pool:
        pool.map(same, [{"gold": "x+1", "prediction": "1+x"}] * 4 * PROCESSES, chunksize=1)
        began = time.perf_counter()
        verdicts = pool.map(same, pairs, chunksize=16)
        seconds = time.perf_counter() - began
    version = importlib.metadata.version("math-verify")
    print(json.dumps({"seconds": seconds, "verdicts": verdicts, "version": version}))


if __name__ == "__main__":
    main()
