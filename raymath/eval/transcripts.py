"""Every item's transcript as a page that people read: one Markdown file for each model × benchmark × mode.

    write(run / "eval" / "transcripts", generations, items, scored)

The machine-readable records are in ``generations.jsonl``; these files are made from them and can be made again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path

from raymath.eval.items import Item
from raymath.eval.results import Scored
from raymath.records import Generation

#: Bytes of a page's name, without its endings; file systems allow 255 with them.
_NAME_BYTES = 150


def write(
    directory: Path,
    generations: Iterable[Generation],
    items: Mapping[tuple[str, str], Item],
    scored: Iterable[Scored],
) -> list[Path]:
    """Write the pages; returns their paths.

    Args:
        items: by (benchmark, id).
        scored: the verdicts, whose order the pages follow.
    """
    directory.mkdir(parents=True, exist_ok=True)
    by_key = {generation.key: generation for generation in generations}
    pages: dict[str, list[str]] = {}
    for one in scored:
        generation = by_key.get((one.model, one.benchmark, one.mode, one.item, one.sample))
        item = items[one.benchmark, one.item]
        name = file_name(one.model, one.benchmark, one.mode)
        page = pages.setdefault(name, [f"# {one.model} · {one.benchmark} · {one.mode}\n"])
        page.append(_entry(one, item, generation))
    paths = []
    for name, page in pages.items():
        path = directory / name
        partial = directory / f".{name}.part"
        partial.write_text("\n".join(page), encoding="utf-8")
        partial.replace(path)
        paths.append(path)
    return paths


def file_name(model: str, benchmark: str, mode: str) -> str:
    """A model's name may be a path, and longer than a file's: a hash tells apart what had to be changed."""
    exact = f"{model}-{benchmark}-{mode}"
    plain = re.sub(r"[^\w.-]+", "_", exact).encode()[:_NAME_BYTES].decode(errors="ignore")
    tail = "" if plain == exact else f"-{blake2b(exact.encode(), digest_size=4).hexdigest()}"
    return f"{plain}{tail}.md"


def _entry(one: Scored, item: Item, generation: Generation | None) -> str:
    verdict = "unscored" if one.status == "unscored" else "right" if one.correct else "wrong"
    if one.status == "scored" and one.correct != one.correct_strict:
        verdict += f" (strict: {'right' if one.correct_strict else 'wrong'})"
    if one.reason:
        verdict += f", {one.reason}"
    lines = [
        f"## {one.item}" + (f" · sample {one.sample}" if one.sample else ""),
        "",
        f"{verdict} · gold {_code(', '.join(item.answer))} · found {_code(', '.join(one.extracted))} · "
        f"{one.completion_tokens} tokens, {one.rounds} rounds, ended by {one.finish}",
        "",
    ]
    if generation is not None:
        lines += ["Prompt:", "", _block(generation.prompt), "", "Transcript:", "", _block(generation.text), ""]
        runs = [f"{run.status} {run.seconds:.2f} s" for run in generation.executions]
        if runs:
            lines += [f"Programs: {', '.join(runs)}", ""]
    return "\n".join(lines)


def _code(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence}{text}{fence}" if text and "`" not in (text[0], text[-1]) else f"{fence} {text} {fence}"


def _block(text: str) -> str:
    """A fenced block whose fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"~+", text)), default=0)
    fence = "~" * max(4, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
