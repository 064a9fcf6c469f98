"""What serving costs beside the bare engine, and what the tool loop gains over one in step. Prints a markdown table.

    python tests/benchmarks/serve_speed.py --tools-model DIR            # exit status 1 where a target is missed
    python tests/benchmarks/serve_speed.py --only plain first           # without the tool loop
    python tests/benchmarks/serve_speed.py --at-once 4 --tokens 8 --repeat 1 --problems 4 --firsts 3   # does it run?

plain: `--at-once` chat completions of `--tokens` tokens at once, by vLLM's engine alone, HTTP, HTTP as streams, and a
Serve handle; in turn, `--repeat` times, with prompts that no turn before has read.
first: time to the first token of one client at a time, by HTTP and the engine alone, in turn.
tools: `--problems` problems of GSM8K, 32 at once, greedy, by `NAME:tir` over HTTP and by a loop in step; in turn,
`--tools-repeat` times, with an empty cache.
sessions: `--chats` conversations of `--turns` turns, four at once, with two replicas of one core each, without and with
`serve.session_affinity`; the first turns are not counted.

The engine alone and the loop in step run in the replica's own process, on the same engine (`serve_sides.py`). Clients
run on the same machine, so what they take is in the numbers. `plain` and `first` ask the embedded model (or `--model`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

ROOM = Path(__file__).parent
#: Ray's workers import `serve_sides`; set before Ray is started.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOM), os.environ.get("PYTHONPATH")]))
AT_ONCE_TOOLS = 32
TOOLS_TOKENS = 512


class Line(NamedTuple):
    """One row of the table; `met` is None where there is no target."""

    measure: str
    ours: str
    other: str
    ratio: str
    target: str
    met: bool | None


def prompts(count: int, turn: int) -> list[str]:
    """Messages that differ from their first word on, so that no cache helps."""
    what = "Janet's ducks lay 16 eggs a day. She eats three and bakes four. She sells the others at 2 dollars each."
    return [
        f"{turn * 1000 + n} is the number of this problem. {what} Tell me a long story about it." for n in range(count)
    ]


def plain(deployment: Any, chosen: argparse.Namespace) -> Iterator[Line]:
    from serve_sides import Took, over_handle, over_http

    handle, url = deployment.handle("model"), deployment.url
    rates: dict[str, list[float]] = {"bare": [], "http": [], "stream": [], "handle": []}
    for repeat in range(-1, chosen.repeat):  # the first warms up
        for at, side in enumerate(rates):
            messages = prompts(chosen.at_once if repeat >= 0 else 4, (repeat + 1) * len(rates) + at)
            if side == "bare":
                took = Took(*handle.bare.remote(messages, chosen.tokens).result())
            elif side == "handle":
                took = asyncio.run(over_handle(handle, messages, chosen.tokens))
            else:
                took = asyncio.run(over_http(url, "model", messages, chosen.tokens, side == "stream"))
            if repeat >= 0:
                rates[side].append(took.rate)
                say(f"{repeat} {side}: {took.tokens} tokens, {took.rate:.1f} a second")
    for side, target in (("http", 0.97), ("stream", 0.90), ("handle", 0.98)):
        ratios = [ours / bare for ours, bare in zip(rates[side], rates["bare"], strict=True)]
        ratio = statistics.median(ratios)
        yield Line(
            f"{side}, {chosen.at_once} at once, tokens/s",
            f"{statistics.median(rates[side]):.1f}",
            f"{statistics.median(rates['bare']):.1f}",
            f"{ratio:.3f} ({min(ratios):.2f}–{max(ratios):.2f})",
            f"≥ {target}",
            ratio >= target,
        )


def first(deployment: Any, chosen: argparse.Namespace) -> Iterator[Line]:
    import httpx
    from serve_sides import first_over_http

    handle = deployment.handle("model")

    async def measure() -> tuple[list[float], list[float]]:
        ours, bare = [], []
        async with httpx.AsyncClient(base_url=deployment.url, timeout=300) as client:
            for at in range(-3, chosen.firsts):
                here, there = prompts(2, 500 + at)
                theirs = await handle.first.remote(here)
                mine = await first_over_http(client, "model", there)
                if at >= 0:
                    bare.append(theirs * 1e3)
                    ours.append(mine * 1e3)
        return ours, bare

    ours, bare = asyncio.run(measure())
    added = statistics.median(ours) - statistics.median(bare)
    say(f"first token: {statistics.median(ours):.1f} ms, alone {statistics.median(bare):.1f} ms")
    yield Line(
        "time to the first token, one client, median of " + str(chosen.firsts),
        f"{statistics.median(ours):.1f} ms",
        f"{statistics.median(bare):.1f} ms",
        f"+ {added:.1f} ms",
        "≤ 10 ms",
        added <= 10,
    )


def tools(deployment: Any, chosen: argparse.Namespace) -> Iterator[Line]:
    from serve_sides import with_tools

    from raymath.config import BenchmarkSettings
    from raymath.eval.benchmarks import load as load_benchmark
    from raymath.eval.grade import grade
    from raymath.prompts import user_message

    data = Path(os.environ.get("RAYMATH_DATA") or ROOM.parents[2] / "shared" / "data")
    own = BenchmarkSettings(adapter="gsm8k", path="bench/gsm8k_test.jsonl.gz", limit=chosen.problems)
    items = load_benchmark("gsm8k", own, data).items
    messages = [user_message(item.question, "tir", item.language) for item in items]
    handle = deployment.handle("model")

    def right(texts: list[str]) -> float:
        graded = [grade(text, item.answer, benchmark="gsm8k").correct for text, item in zip(texts, items, strict=True)]
        return sum(graded) / len(graded)

    taken: dict[str, list[tuple[float, float]]] = {"ours": [], "in step": []}
    reread = cached = rounds = 0
    asyncio.run(with_tools(deployment.url, "model", messages[:2], 2, 16))
    for repeat in range(chosen.tools_repeat):
        for side in taken if repeat % 2 == 0 else reversed(taken):
            handle.forget.remote().result()
            if side == "ours":
                seconds, answers = asyncio.run(
                    with_tools(deployment.url, "model", messages, AT_ONCE_TOOLS, chosen.tools_tokens)
                )
                texts = [answer["choices"][0]["message"]["content"] for answer in answers]
                told = [answer["raymath"] for answer in answers]
                reread += sum(one["reread_tokens"] for one in told)
                cached += sum(one["cached_tokens"] for one in told)
                rounds += sum(one["rounds"] for one in told)
            else:
                seconds, texts = handle.lockstep.remote(messages, AT_ONCE_TOOLS, chosen.tools_tokens).result()
            taken[side].append((60 * len(texts) / seconds, right(texts)))
            say(f"{side}: {seconds:.1f} s, {taken[side][-1][0]:.1f} problems a minute, right {taken[side][-1][1]:.1%}")
    rates = {side: statistics.median(rate for rate, _ in numbers) for side, numbers in taken.items()}
    shares = {side: statistics.mean(share for _, share in numbers) for side, numbers in taken.items()}
    ratio = rates["ours"] / rates["in step"]
    yield Line(
        f"{len(items)} problems with tools, {AT_ONCE_TOOLS} at once, a minute",
        f"{rates['ours']:.1f}", f"{rates['in step']:.1f}", f"{ratio:.2f}", "≥ 1.5", ratio >= 1.5,
    )  # fmt: skip
    yield Line("… right", f"{shares['ours']:.1%}", f"{shares['in step']:.1%}", "–", "the same", None)
    hit = cached / reread if reread else 0.0
    yield Line(
        f"… prefix cache, whole blocks ({rounds / len(items) / chosen.tools_repeat:.1f} rounds a problem)",
        f"{hit:.1%} of {reread} tokens", "–", "–", "≥ 95 %", hit >= 0.95,
    )  # fmt: skip


MEASUREMENTS = {"plain": plain, "first": first, "tools": tools}


def sessions(chosen: argparse.Namespace, settings: list[str]) -> Iterator[Line]:
    from serve_sides import talk

    from raymath.config import load
    from raymath.models import embedded
    from raymath.serve.deploy import deploy

    model = chosen.model or str(embedded())
    two = [*settings, "serve.cpus_per_replica=1", "serve.min_replicas=2", "serve.max_replicas=2"]
    taken: dict[bool, list[float]] = {}
    for affinity in (False, True):
        own = load(None, [*two, f"serve.session_affinity={json.dumps(affinity)}"])
        with deploy({"model": model}, own) as deployment:

            async def all_of_them(url: str = deployment.url) -> list[float]:
                places = asyncio.Semaphore(4)
                turns = [[3 * f"{one} " for one in prompts(chosen.turns, n)] for n in range(chosen.chats)]
                talks = (talk(url, "model", asked, places) for asked in turns)
                return [seconds for chat in await asyncio.gather(*talks) for seconds in chat[1:]]

            taken[affinity] = asyncio.run(all_of_them())
        say(f"affinity {affinity}: {statistics.median(taken[affinity]):.2f} s to the first token of a later turn")
    without, with_it = statistics.median(taken[False]), statistics.median(taken[True])
    yield Line(
        f"first token of later turns, {chosen.chats} chats of {chosen.turns} turns, two replicas, by session",
        f"{with_it:.2f} s", f"{without:.2f} s", f"{without / with_it:.2f} × sooner", "–", None,
    )  # fmt: skip


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure(name: str, chosen: argparse.Namespace) -> list[Line]:
    from serve_sides import Measured

    from raymath.config import load
    from raymath.models import embedded
    from raymath.serve import app
    from raymath.serve.deploy import deploy

    model = chosen.tools_model if name == "tools" and chosen.tools_model else chosen.model or str(embedded())
    at_once = AT_ONCE_TOOLS if name == "tools" else chosen.at_once
    own = ["serve.port=0", "serve.max_model_len=2048", "serve.kv_cache_gb=2", f"serve.cpus_per_replica={chosen.cores}"]
    own += [f"serve.engine.max_num_seqs={max(2, at_once)}", *(f"serve.engine.{given}" for given in chosen.engine)]
    if name == "sessions":
        return list(sessions(chosen, own))
    app.Replica = Measured  # type: ignore[misc]
    with deploy({"model": model}, load(None, own)) as deployment:
        return list(MEASUREMENTS[name](deployment, chosen))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=[*MEASUREMENTS, "sessions"], default=[*MEASUREMENTS, "sessions"])
    parser.add_argument("--model", help="of plain and first; the embedded one where not given")
    parser.add_argument("--tools-model", help="of tools; that of the others where not given")
    parser.add_argument("--cores", type=int, default=2, help="of the engine")
    parser.add_argument("--engine", nargs="*", default=[], metavar="KEY=VALUE", help="further arguments of vLLM")
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--firsts", type=int, default=30)
    parser.add_argument("--problems", type=int, default=100)
    parser.add_argument("--tools-tokens", type=int, default=TOOLS_TOKENS)
    parser.add_argument("--tools-repeat", type=int, default=1)
    parser.add_argument("--chats", type=int, default=8)
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    if "tools" in chosen.only and find_spec("pebble") is None:
        parser.error("the loop in step runs its programs with pebble: pip install -e '.[bench]'")
    from raymath.config import load
    from raymath.session import ray_session

    lines: list[Line] = []
    with ray_session(load(None, ["cluster.cpus=4"]).cluster):
        for name in chosen.only:
            lines += measure(name, chosen)
    print("| measure | ours | the other | ratio | target | |\n|---|---|---|---|---|---|")
    for line in lines:
        print(f"| {' | '.join(line[:5])} | {'' if line.met is None else 'met' if line.met else 'missed'} |")
    if chosen.json:
        chosen.json.write_text(json.dumps([line._asdict() for line in lines], indent=1))
    return int(any(line.met is False for line in lines))


if __name__ == "__main__":
    sys.exit(main())
