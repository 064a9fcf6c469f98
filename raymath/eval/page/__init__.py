"""One self-contained HTML page of one or more evaluations: table, plots, and a browser of every sample.

    write_page(run.path / "report.html", "my sweep", [PageRun("a", settings, scored, generations, items)])

The page opens from a file without a server and loads nothing. What models wrote is hostile: it is in the page only as
JSON in script blocks of a type that no browser runs, with every ``<``, ``>`` and ``&`` escaped; the page's own script
(allowed by its hash, as the only one) puts it into text nodes and MathML elements, never through an HTML parser. The
list draws only the rows in sight and a transcript is read when it is opened, so that many thousands stay smooth.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from raymath.eval.page.plots import plots
from raymath.eval.page.samples import PageRun, samples
from raymath.eval.paper import COLUMNS
from raymath.eval.results import summarise
from raymath.eval.table import Row, build

__all__ = ["PageRun", "embedded_json", "write_page"]


def write_page(path: Path, title: str, runs: Sequence[PageRun]) -> None:
    """Write the page, complete or not at all.

    Args:
        path: the HTML file.
        title: its heading.
        runs: what is shown; several are told apart by their names.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    script = _text("page.js")
    # The hash is of what stands between the tags: the policy lets this script run, and no other.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = environment.from_string(_text("page.html.j2")).render(
        title=title,
        style=_safe(_text("page.css")),
        script=_safe(script),
        digest=digest,
        columns=COLUMNS,
        rows=_table(runs),
        plots=plots(runs),
        blocks=[(name, _safe(embedded_json(value))) for name, value in samples(runs)],
    )
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(page, encoding="utf-8")
    partial.replace(path)


def embedded_json(value: Any) -> str:
    """JSON that may stand in a script block: it holds no character that could end the block or begin another."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _table(runs: Sequence[PageRun]) -> list[Row]:
    """The published rows with all runs' rows among them; no table where no run has one of its benchmarks."""
    tables = [build(summarise(run.scored), run.settings, run.models) for run in runs]
    merged: list[Row] = []
    for at, row in enumerate(one for one in tables[0] if not one.ours) if tables else ():
        merged.append(row)
        for table in tables:
            published = [number for number, one in enumerate(table) if not one.ours]
            end = published[at + 1] if at + 1 < len(published) else len(table)
            merged += table[published[at] + 1 : end]
    return merged if any(row.ours for row in merged) else []


def _text(name: str) -> str:
    return resources.files("raymath.eval.page").joinpath(name).read_text(encoding="utf-8")


def _safe(text: str) -> Any:
    """Text of our own, or JSON from `embedded_json`: what autoescape has to leave alone."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704
