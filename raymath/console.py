"""What a person sees while a stage works: a bar with rate and end time on a terminal, plain lines elsewhere.

Everything goes to stderr: stdout is for results. Stages know none of this: they are given a `Progress`
function and call it with how much is done.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

#: Called by a stage with (done, total, detail); total 0 means not known yet.
Progress = Callable[[int, int, str], None]

console = Console(stderr=True, highlight=False, soft_wrap=True)


def silent(done: int, total: int, detail: str = "") -> None:
    """A Progress that shows nothing."""


def say(message: str, style: str | None = None) -> None:
    """One line for the person at the terminal. The text is never read as markup."""
    console.print(message, style=style, markup=False)


def result(text: str) -> None:
    """A line for stdout, which is for results alone, wherever prints go at the moment."""
    print(text, file=sys.__stdout__, flush=True)


@contextmanager
def progress(title: str, every_s: float = 15.0) -> Iterator[Progress]:
    """Show one stage's progress. Without a terminal: a line at most every `every_s` seconds, and the last."""
    if console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}"),
        )
        with Bar(*columns, console=console) as bar:
            task = bar.add_task(title, total=None, detail="", rate="")

            def show(done: int, total: int, detail: str = "") -> None:
                speed = bar.tasks[0].speed
                rate = f"{speed:.2f}/s" if speed else ""
                bar.update(task, completed=done, total=total or None, detail=detail, rate=rate)

            yield show
        return

    began = last = time.monotonic()
    shown = -1
    say(f"{title} …")

    def line(done: int, total: int, detail: str = "") -> None:
        nonlocal last, shown
        now = time.monotonic()
        # The last one at once and only once, the others every now and then.
        if done == shown if 0 < done == total else now - last < every_s:
            return
        last, shown = now, done
        seconds = now - began
        rate = done / seconds if seconds > 0 else 0.0
        left = f", {(total - done) / rate:.0f} s left" if total and rate and done < total else ""
        say(f"{title}: {done}/{total or '?'} · {rate:.2f}/s · {seconds:.0f} s{left} {detail}".rstrip())

    yield line
