"""The page: what it holds, that nothing a model writes can run in it, and that a real browser shows it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from raymath.config import validate
from raymath.eval.items import Item
from raymath.eval.page import PageRun, embedded_json, write_page
from raymath.eval.page.formulas import Formulas, mathml
from raymath.eval.results import Scored
from raymath.records import Execution, Generation, Score

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MARK = "document.documentElement.dataset.hacked = 1"
HOSTILE = [
    f"</script><script>{MARK}</script>",
    f"<img src=x onerror='{MARK}'>",
    f"$\\text{{<img src=x onerror='{MARK}'>}}$",
    f"$\\href{{javascript:{MARK}}}{{x}}$",
    "<!--<script>",
    "]]>\u2028\u2029\x00</style></title></textarea>",
    "{{ 7 * 7 }}{% raw %}",
    "```python\nprint('</pre><script>')\n```\n```output\n<b>bold</b>\n```\n",
    "$\\frac{" * 200,
    "\\boxed{" + "x" * 30_000 + "}",
]


def sample(model: str, item: str, text: str, correct: bool, **more: Any) -> tuple[Generation, Scored]:
    fields: dict[str, Any] = {
        "model": model,
        "benchmark": "gsm8k",
        "mode": "tir",
        "item": item,
        "prompt": "ask " + text,
    }
    runs = (Execution(status="timeout", seconds=1.25),) if "```python" in text else ()
    fields |= more
    one = Generation(**fields, text=text, finish="stop", executions=runs, completion_tokens=len(text))
    score = Score(extracted=(text[:40],), correct=correct, correct_strict=not correct and item == "1")
    return one, Scored.of(one, (text[:20],), score, correct)


def run(texts: list[str], models: tuple[str, ...] = ("base", "tuned"), name: str = "a") -> PageRun:
    made = [
        sample(model, str(n), text, (n + at) % 2 == 0)
        for at, model in enumerate(models)
        for n, text in enumerate(texts)
    ]
    items = {
        ("gsm8k", str(n)): Item(str(n), "gsm8k", text, ("4",), "en", level=str(n % 3)) for n, text in enumerate(texts)
    }
    settings = validate({"eval": {"protocol": "deepseek", "benchmarks": {"gsm8k": {"adapter": "gsm8k"}}}}, "test")
    return PageRun(name, settings, [s for _, s in made], [g for g, _ in made], items)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[dict[str, str | None]] = []
        self.names: set[str] = set()
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag == "script":
            self.scripts.append(dict(attrs))


def blocks(page: str) -> dict[str, Any]:
    found = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', page, re.DOTALL)
    return {name: json.loads(text) for name, text in found}


def test_nothing_hostile_is_markup(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write_page(file, HOSTILE[0], [run(HOSTILE, (HOSTILE[1], "tuned"), HOSTILE[0])])
    page = file.read_text("utf-8")
    tags = Tags()
    tags.feed(page)
    assert [one for one in tags.scripts if one.get("type") != "application/json"] == [{}]
    assert not tags.handlers
    assert not tags.names & {"img", "b", "iframe", "a", "object"}
    assert "default-src 'none'" in page
    assert "http://" not in page.replace("http://www.w3.org/1998/Math/MathML", "")
    assert "https://" not in page
    # Nothing is lost either: every text is there in full, but for what is cut and says so.
    details = [one for name, block in blocks(page).items() if name.startswith("sample-") for one in block]
    formulas = [one for name, block in blocks(page).items() if name.startswith("formulas-") for one in block]
    for text, detail in zip(HOSTILE[:7], details, strict=False):
        joined = "".join(
            part if isinstance(part, str) else formulas[part][0] for _, stretch in detail["parts"] for part in stretch
        )
        assert joined == text
    assert "characters more]" in str(details[9])


def test_json_that_may_stand_in_a_script_block() -> None:
    for text in HOSTILE:
        safe = embedded_json([text])
        assert not set("<>&\u2028\u2029") & set(safe)
        assert json.loads(safe) == [text]


def test_formulas() -> None:
    formulas = Formulas()
    assert formulas.parts("so $x^2$ and $x^2$, $5 or \\(y\\)!") == ["so ", 0, " and ", 0, ", $5 or ", 1, "!"]
    assert [source for source, _ in formulas.trees] == ["$x^2$", "\\(y\\)"]
    assert formulas.trees[0][1][0] == "math"
    assert "msup" in str(formulas.trees[0][1])
    for broken in ("\\frac{", "\\unknowncommand{x}", "\\href{javascript:1}{x}\\foo", "^" * 50, "{" * 399):
        assert formulas.parts(f"${broken}$") == [f"${broken}$"]
    hidden = str(mathml("\\href{javascript:alert(1)}{x}"))
    assert "href" not in hidden
    assert "javascript" not in hidden
    # The library leaves < as it is: here it can only become text.
    assert mathml("\\text{<b>}")[-1][-1] == ["mtext", {}, "<b>"]  # type: ignore[index]


def dump(file: Path, profile: Path, *more: str) -> str:
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
    command += ["--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}"]
    command += ["--virtual-time-budget=4000", "--window-size=1400,900", *more]
    return subprocess.run([*command, file.as_uri()], capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_shows_it_and_runs_nothing_of_the_models(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write_page(file, HOSTILE[0], [run(["Then $\\frac{1}{2}$.", *HOSTILE], name="a"), run(HOSTILE, name="b")])
    dom = dump(file, tmp_path / "profile", "--dump-dom")
    body = dom[dom.index("<body") :]
    shown = re.sub(r"<script.*?</script>", "", body, flags=re.DOTALL)
    assert "data-hacked" not in dom[: dom.index("<body")]
    assert "<mfrac>" in shown
    assert "11 of 42 samples" in shown
    assert shown.count('class="item') == 11
    assert shown.count('class="side"') == 2
    assert ">DeepSeekMath-RL<" in shown
    assert "<img" not in shown


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_list_draws_only_what_is_in_sight(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write_page(file, "many", [run([f"item {n}: $x_{{{n % 50}}} = {n}$" for n in range(3000)])])
    dom = dump(file, tmp_path / "profile", "--dump-dom")
    assert "3000 of 6000 samples" in dom
    assert "height: 78000px" in dom
    assert 10 < dom.count('<div class="item') < 100
