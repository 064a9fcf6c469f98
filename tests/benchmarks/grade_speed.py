"""How fast and how right the grader is, beside math-verify alone in the same run.

    python tests/benchmarks/grade_speed.py                          # about 5 minutes; exit status 1 on a miss
    python tests/benchmarks/grade_speed.py --pairs 400              # does it run?
    python tests/benchmarks/grade_speed.py --peer VENV/bin/python   # math-verify of another environment

Pairs of prediction and gold, drawn with a seed from real golds (`$RAYMATH_DATA`, or ../shared/data): half are numbers
(GSM8K, CMATH), half MATH's, of which a third are not equal as strings: the gold in another spelling, another value, or
another item's gold. Both sides have two processes (of ours: two that do algebra, beside the one that asks) and start
warm. ``strict`` is `raymath.eval.equal_all`, ``both`` the two verdicts of `raymath grade`. The numbers alone
are measured again, the repeats' best counts. Agreement is with the adjudicated pairs of ``tests/eval``; hostile answers
are timed one by one against a deadline of 1 s.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from raymath.eval import equal_all
from raymath.eval.equality import _decide_symbolically, decide
from raymath.eval.grade import grade_answer
from raymath.eval.workers import shared
from raymath.ordered import in_order

HERE = Path(__file__).parent
Pair = dict[str, str]


def golds(name: str) -> list[str]:
    root = Path(os.environ.get("RAYMATH_DATA") or HERE.parents[2] / "shared" / "data")
    with gzip.open(root / "bench" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [str(json.loads(line)["answer"]) for line in file]


def numeric(count: int, draw: random.Random) -> list[Pair]:
    """Two thirds right, in one of the spellings that models use."""
    known = [one.replace(",", "") for one in golds("gsm8k_test") + golds("gsm8k_train") + golds("cmath_test")]
    spelled: list[Callable[[str], str]] = [
        str, str, str, lambda n: f"{n}.0" if n.isdecimal() else n, lambda n: f"{int(n):,}" if n.isdecimal() else n,
        lambda n: f"\\${n}" if n.isdecimal() else n, lambda n: f"{n}.",
    ]  # fmt: skip
    pairs = []
    for _ in range(count):
        gold = draw.choice(known)
        other = gold if draw.random() < 2 / 3 else draw.choice(known)
        pairs.append({"prediction": draw.choice(spelled)(other), "gold": gold})
    return pairs


def of_math(count: int, draw: random.Random) -> list[Pair]:
    """Two thirds identical; the rest the gold in another spelling, another value, or another item's gold."""
    known = golds("math_test")
    pairs = []
    for at in range(count):
        gold = prediction = known[draw.randrange(len(known))]
        while at % 3 == 0 and prediction == gold:
            prediction = draw.choice([spelled_otherwise(gold, draw), f"{gold}+1", draw.choice(known)])
        pairs.append({"prediction": prediction, "gold": gold})
    draw.shuffle(pairs)
    return pairs


def spelled_otherwise(gold: str, draw: random.Random) -> str:
    """The same value; the same text where no rule applies."""
    ways = [
        gold.replace("\\frac", "\\dfrac"),
        gold.replace("(", "\\left(").replace(")", "\\right)") if "\\left" not in gold else gold,
        gold.replace("+", " + ").replace(",", ", "),
        f"x = {gold}" if "=" not in gold and "," not in gold else gold,
        f"{gold}.0" if gold.isdecimal() else gold,
        f"1 \\cdot {gold}" if "," not in gold and "=" not in gold and "\\text" not in gold else gold,
    ]
    return draw.choice(ways)


def ours(pairs: Sequence[Pair], what: str) -> tuple[float, list[bool]]:
    """Seconds and verdicts; no verdict is remembered from before."""
    _decide_symbolically.cache_clear()
    began = time.perf_counter()
    if what == "strict":
        verdicts = list(equal_all((pair["prediction"], pair["gold"]) for pair in pairs))
    else:
        scores = in_order(lambda pair: grade_answer(pair["prediction"], pair["gold"]), pairs)
        verdicts = [score.correct_strict for score in scores]
    return time.perf_counter() - began, verdicts


def theirs(pairs: Sequence[Pair], interpreter: str) -> tuple[float, list[bool], str]:
    lines = "".join(json.dumps(pair) + "\n" for pair in pairs)
    done = subprocess.run(
        [interpreter, str(HERE / "grade_peer.py")], input=lines, stdout=subprocess.PIPE, text=True, check=True
    )
    told = json.loads(done.stdout.splitlines()[-1])
    return told["seconds"], told["verdicts"], told["version"]


def adjudicated() -> list[dict[str, object]]:
    text = (HERE.parent / "eval" / "equality_pairs.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def hostile(deadline_s: float) -> Iterator[tuple[str, float]]:
    sys.path.insert(0, str(HERE.parent / "eval"))
    from hostile_answers import HOSTILE

    for mode in ("strict", "deepseek"):
        for text in HOSTILE:
            list(in_order(lambda n, mode=mode: shared().decide(mode, f"{n}+x", "x", 60.0), range(8)))  # all are ready
            began = time.perf_counter()
            decide(text, "17", mode, deadline_s)
            yield text, time.perf_counter() - began


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--pairs", type=int, default=10_000)
    arguments.add_argument("--peer", default=sys.executable, help="a Python that has math-verify")
    arguments.add_argument("--repeat", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    draw = random.Random(given.seed)
    numbers, rest = numeric(given.pairs // 2, draw), of_math(given.pairs // 2, draw)
    differing = sum(pair["prediction"] != pair["gold"] for pair in rest)
    cores = len(os.sched_getaffinity(0))
    print(f"{len(numbers)} numeric pairs, {len(rest)} of MATH, of which {differing} differ as strings; {cores} cores, "
          f"{platform.machine()}, Python {platform.python_version()}")  # fmt: skip
    list(in_order(lambda n: shared().decide("strict", f"{n}+x", "x", 60.0), range(16)))  # starts the processes
    missed = False
    print("| pairs | what | ours, /s | math-verify, /s | ratio | target |\n| --- | --- | --- | --- | --- | --- |")
    for what, pairs, target in (("all", [*numbers, *rest], 4), ("numeric", numbers, 50)):
        peer = min(theirs(pairs, given.peer)[0] for _ in range(given.repeat))
        for name in ("strict", "both"):
            mine = min(ours(pairs, name)[0] for _ in range(given.repeat))
            ratio = peer / mine
            wanted = f"≥ {target} ×" if name == "strict" else "reported"
            missed |= name == "strict" and ratio < target
            speeds = f"{len(pairs) / mine:,.0f} | {len(pairs) / peer:,.0f} | {ratio:.1f} ×"
            print(f"| {what} | {name} | {speeds} | {wanted} |", flush=True)
    judged = adjudicated()
    _, said = ours(judged, "strict")  # type: ignore[arg-type]
    _, peers, version = theirs(judged, given.peer)  # type: ignore[arg-type]
    for name, verdicts in (("strict", said), (f"math-verify {version}", peers)):
        right = sum(verdict == pair["strict"] for verdict, pair in zip(verdicts, judged, strict=True))
        credits = sum(verdict and not pair["strict"] for verdict, pair in zip(verdicts, judged, strict=True))
        print(f"adjudicated, {name}: {right} of {len(judged)} ({right / len(judged):.1%}), {credits} false credits")
        missed |= name == "strict" and right < len(judged)
    slowest = max(hostile(1.0), key=lambda one: one[1])
    print(f"hostile answers, deadline 1 s: the slowest took {slowest[1]:.2f} s ({slowest[0][:20]!r})")
    sys.exit(missed)


if __name__ == "__main__":
    main()
