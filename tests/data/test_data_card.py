"""What a person is shown of a mix agrees with what is in it, and what strangers wrote in it stays text."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from data_makers import HOSTILE, example, segments, write_mix
from rich.console import Console

from raymath.cli import main
from raymath.data import card, census, page, show
from raymath.data.feed import Feed
from raymath.errors import DataError
from raymath.models import load_tokenizer
from raymath.records import Example

EXAMPLES: list[Example] = [
    *(example(mode, language, id=f"{mode}-{language}", topic=topic, subject=subject, licence="MIT")
      for mode in ("cot", "pot", "tir")
      for language, topic, subject in (("en", None, "algebra"), ("zh", "junior/linear-equations", "algebra"))),
    example(id="hostile", question=HOSTILE, segments=segments(("text", HOSTILE)), topic=HOSTILE, licence=HOSTILE),
]  # fmt: skip


@pytest.fixture(scope="module")
def mix(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    return write_mix(tmp_path_factory.mktemp("run") / "data", EXAMPLES, tiny_model)


def printed(what: Any) -> str:
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(what)
    return console.export_text()


def test_the_census_counts_every_example_once(mix: Path) -> None:
    counted = census.take(mix)
    lengths = Feed.open(mix, batch=1, seed=0)
    assert counted.total.examples == len(EXAMPLES)
    assert counted.total.tokens == lengths.tokens
    assert counted.total.supervised == lengths.supervised
    by_mode = {key: own.examples for key, own in counted.by("language", "mode").items()}
    assert by_mode == dict(Counter((one.language, one.mode) for one in EXAMPLES))
    assert counted.by("topic")["—",].examples == 3
    assert int(counted.lengths.sum()) == sum(counted.binned(512).values()) == len(EXAMPLES)
    assert counted.quantile(1.0) == counted.lengths.size - 1


def test_the_card_says_what_is_in_the_mix(mix: Path) -> None:
    text = card.write(mix).read_text()
    facts = json.loads((mix / "card.json").read_text())
    assert sum(cell["examples"] for cell in facts["counts"]) == facts["total"]["examples"] == len(EXAMPLES)
    assert text.startswith("# Data card\n\n7 examples: 7 from real sources, 0 generated")
    for said in (facts["fingerprint"], "一元一次方程", "not a JSON object", "| gsm8k\\_test | 1,319 | 1 | 0 | 0 |"):
        assert said in text
    for picture in re.findall(r"!\[[^]]*\]\((.*?)\)", text):
        assert (mix / picture).stat().st_size > 1000


def test_tables_of_the_card_hold(mix: Path) -> None:
    """Each row has as many cells as its head, whatever its text; no tag, link or code of a row survives."""
    text = card.write(mix).read_text()
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) >= 7
    for table in tables:
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(counts) == 1, table
    assert "<script" not in text
    assert "<img" not in text
    assert not re.search(r"(?<!\\)\]\(javascript", text), "brackets of a row are escaped, so they are no link"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_runs_nothing_and_loads_nothing(mix: Path, tiny_model: Path, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(tiny_model)
    number = next(
        i for i, rows in enumerate(Feed.open(mix, batch=1, seed=0).plan) if len(EXAMPLES) - 1 in rows.tolist()
    )
    read = Tags()
    read.feed(page.write(mix, tmp_path / "mix.html", tokenizer, pack=number).read_text())
    assert HOSTILE in read.text, "it is shown, as text"
    assert not {"script", "img", "link", "iframe", "object", "base", "a"} & read.tags
    assert not [name for name, _ in read.attributes if name.startswith("on") or name in ("src", "href")]
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in read.attributes


def test_the_terminal_shows_it_as_text(mix: Path, tiny_model: Path) -> None:
    tokenizer = load_tokenizer(tiny_model)
    text = printed(show.overview(mix))
    for said in ("junior/linear-equations", "not a JSON object", "[red]r[/red]", "best-fit"):
        assert said in text
    whole = show.example_text(mix, "hostile", tokenizer)
    assert HOSTILE in whole.plain
    assert {str(span.style) for span in whole.spans} == {show.SHOWN, show.TRAINED}
    with pytest.raises(DataError, match=r"no example 'x'.*[iI]ds look like 'cot-en'"):
        show.example_text(mix, "x", tokenizer)


def test_a_pack_says_which_examples_it_holds(mix: Path, tiny_model: Path) -> None:
    tokenizer, feed = load_tokenizer(tiny_model), Feed.open(mix, batch=1, seed=0)
    for index in range(feed.packs):
        shown = show.pack_of(mix, index, tokenizer)
        assert [one.row for one in shown] == feed.plan[index].tolist()
        assert [one.id for one in shown] == [EXAMPLES[one.row].id for one in shown]
        assert all(EXAMPLES[one.row].question in one.stretches[0].text for one in shown)
    with pytest.raises(DataError, match=f"no pack {feed.packs}"):
        show.pack_of(mix, feed.packs, tokenizer)


def test_a_step_names_its_packs_and_its_data(mix: Path) -> None:
    feed = Feed.open(mix, batch=2, seed=4)
    text = printed(show.step_table(feed, 5))
    assert feed.batch_hash(5) in text
    assert all(re.search(rf"^\W*{index}\b", text, re.MULTILINE) for index in feed.global_batch(5))


def test_inspect_and_pack_from_the_command_line(mix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = tmp_path / "run" / "data"
    shutil.copytree(mix, directory)

    def run(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["data", *args])
        return int(str(ended.value.code)), *capsys.readouterr()

    assert run("inspect", str(directory))[0] == 0
    assert "一元一次" not in run("inspect", str(directory), "--example", "cot-en")[1]
    code, _, told = run("inspect", str(directory), "--step", "0")
    assert code != 0
    assert "Give a run" in told
    code, out, _ = run("inspect", str(directory), "--html", str(tmp_path / "mix.html"))
    assert (code, out.strip()) == (0, str(tmp_path / "mix.html"))
    before = (directory / "manifest.json").read_text()
    code, out, told = run("pack", str(directory), "--context", "256", "--packing", "random", "--json")
    planned = json.loads(out)
    assert (code, planned["plan"]["context"], planned["plan"]["packing"]) == (0, 256, "random")
    assert planned["packing"]["dropped"] > 0
    assert "not saved" in told
    assert (directory / "manifest.json").read_text() == before
    assert run("pack", str(directory), "--context", "256", "--overlong", "cut", "--save")[0] == 0
    assert Feed.open(directory, batch=1, seed=0).plan.cut == planned["packing"]["dropped"]
    assert run("pack", str(directory), "--packing", "tight")[0] != 0
