"""The report page with many samples in headless Chromium: how large, how long until drawn, how smooth.

    python tests/benchmarks/page_speed.py --chromium PATH                        # 5,000 items × 4 runs
    python tests/benchmarks/page_speed.py --chromium PATH --items 200 --keep DIR   # the page and its screenshots stay

Made-up samples as long as real ones: a formula a line, a program and its output in every second. Times are in ms, of
the page's own clock, through Chromium's DevTools: until loaded; a frame while the list is scrolled from end to end;
a change of the filter; opening a transcript beside another.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from raymath.config import validate
from raymath.eval.items import Item
from raymath.eval.page import PageRun, write_page
from raymath.eval.results import Scored
from raymath.records import Execution, Generation, Score

LOADED = """({
  loaded: performance.timing.domComplete - performance.timing.navigationStart,
  heap: performance.memory.usedJSHeapSize,
})"""
SCROLL = """(async () => {
  const list = document.getElementById("list"), frames = [];
  const height = document.getElementById("space").clientHeight;
  let last = performance.now();
  for (let step = 0; step <= 200; step++) {
    list.scrollTop = height * step / 200;
    await new Promise(done => requestAnimationFrame(done));
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  frames.sort((a, b) => a - b);
  return {median: frames[100], worst: frames[200], rows: document.querySelectorAll(".item").length};
})()"""
FILTER = """(() => {
  const began = performance.now(), differ = document.getElementById("differ");
  differ.value = "sides";
  differ.dispatchEvent(new Event("input"));
  document.body.offsetHeight;
  return {filter: performance.now() - began, count: document.getElementById("count").textContent};
})()"""
OPEN = """(() => {
  const began = performance.now();
  document.querySelectorAll(".item")[3].click();
  document.body.offsetHeight;
  return {open: performance.now() - began, sides: document.querySelectorAll(".side").length};
})()"""


def made(items: int, runs: int, draw: random.Random) -> list[PageRun]:
    """Runs of one model each, on the same items."""
    settings = validate({"eval": {"benchmarks": {"math": {"adapter": "math"}}}}, "the benchmark")
    known = {
        ("math", str(n)): Item(
            str(n), "math", f"What is $\\frac{{{n}}}{{2}} + x_{{{n}}}$?", (str(n),), "en", level=str(n % 5 + 1)
        )
        for n in range(items)
    }
    found = []
    for run in range(runs):
        rows = [sample(f"model-{run}", n, draw) for n in range(items)]
        found.append(PageRun(f"run {run}", settings, [s for _, s in rows], [g for g, _ in rows], known))
    return found


def sample(model: str, n: int, draw: random.Random) -> tuple[Generation, Scored]:
    lines = [f"Step {k}: $x_{{{k}}} = \\frac{{{draw.randrange(99)}}}{{{k + 2}}}$, so we go on." for k in range(12)]
    program = "```python\nx = 1\nprint(x)\n```\n```output\n1\n```\n" if n % 2 else ""
    text = "\n".join(lines) + f"\n{program}The answer is $\\boxed{{{n}}}$."
    generation = Generation(
        model=model,
        benchmark="math",
        mode="tir",
        item=str(n),
        prompt=f"User: item {n}\n\nAssistant:",
        text=text,
        finish="stop",
        executions=(Execution(status="ok", seconds=0.1),) if n % 2 else (),
        completion_tokens=len(text) // 3,
    )
    right = draw.random() < 0.6
    return generation, Scored.of(generation, (str(n),), Score(extracted=(str(n),), correct=right, correct_strict=right))


class Browser:
    """One page over the DevTools protocol."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._number = socket, 0

    async def call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            said = await self._socket.receive_json(timeout=300)
            if said.get("id") == self._number:
                assert "error" not in said, said
                return said["result"]

    async def value(self, expression: str) -> Any:
        said = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in said, said
        return said["result"]["value"]

    async def picture(self, file: Path) -> None:
        said = await self.call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(said["data"]))


async def measure(chromium: str, page: Path, pictures: Path) -> dict[str, Any]:
    import aiohttp

    with tempfile.TemporaryDirectory() as profile:
        command = [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--remote-debugging-port=0",
        ]
        process = subprocess.Popen(
            [*command, f"--user-data-dir={profile}", "--window-size=1400,900", "about:blank"],
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            told = Path(profile, "DevToolsActivePort")
            until = time.monotonic() + 60
            while not (told.is_file() and told.read_text().strip()):
                assert process.poll() is None, "the browser ended"
                assert time.monotonic() < until, "the browser says nothing"
                await asyncio.sleep(0.1)
            port = told.read_text().split()[0]
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    (target,) = [one for one in await answer.json() if one["type"] == "page"]
                async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    browser = Browser(socket)
                    await browser.call("Page.navigate", url=page.as_uri())
                    while await browser.value("document.readyState") != "complete":
                        await asyncio.sleep(0.1)
                    found = dict(await browser.value(LOADED))
                    await browser.picture(pictures / "page.png")
                    found |= await browser.value(SCROLL)
                    found |= await browser.value(FILTER)
                    found |= await browser.value(OPEN)
                    await browser.value("document.querySelector('.browser').scrollIntoView(), 0")
                    await browser.picture(pictures / "browser.png")
                    return found
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--chromium", default="chromium")
    arguments.add_argument("--items", type=int, default=5000)
    arguments.add_argument("--runs", type=int, default=4)
    arguments.add_argument("--keep", type=Path)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        directory = given.keep or Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        page = (directory / "report.html").absolute()
        runs = made(given.items, given.runs, random.Random(0))
        began = time.perf_counter()
        write_page(page, "many samples", runs)
        print(f"{given.items} items × {given.runs} runs: {page.stat().st_size / 2**20:.1f} MiB, "
              f"written in {time.perf_counter() - began:.1f} s")  # fmt: skip
        print(json.dumps(asyncio.run(measure(given.chromium, page, directory)), indent=1))


if __name__ == "__main__":
    main()
