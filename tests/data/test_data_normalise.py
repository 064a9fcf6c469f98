"""Normalising changes spelling and nothing else, and does nothing the second time."""

from __future__ import annotations

import html
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from data_makers import example, segments
from hypothesis import given, settings
from hypothesis import strategies as st

from raymath.data import normalise as room
from raymath.data.normalise import RULES, normalise
from raymath.data.sources import ADAPTERS, load
from raymath.records import Example


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a&lt;b &amp;&amp; c&#39;s&nbsp;", "a<b && c's"),
        ("&amp;lt;", "<"),
        ("a &= b; & x;", "a &= b; & x;"),
        (r"$\\frac{1}{2}$ and \\sqrt{2}", r"$\frac{1}{2}$ and \sqrt{2}"),
        (r"\begin{array} 1\\2\\\frac{1}{2}\\x \end{array}", r"\begin{array} 1\\2\\\frac{1}{2}\\x \end{array}"),
        ("5 \\u003c 7 \\u4e2d \\underline{x} \\ud83d", "5 < 7 中 \\underline{x} \\ud83d"),
        ("a\u200bb\ufeff\x07 c\u00a0d\u3000e", "ab c d e"),
        ("e\u0301", "é"),
        ("由$$x=1$$，得$$y=2$$．", "由$x=1$，得$y=2$．"),
        ("$$a$$$$b$$ 则", "$a$ $b$ 则"),
        ("So\n$$x = 1$$\nholds.", "So\n$$x = 1$$\nholds."),
        ("$a$$b$ and $c$$d$", "$a$$b$ and $c$$d$"),
        ("costs \\$5 or $$3$$ each", "costs \\$5 or $3$ each"),
        ("（１）若ａ＋ｂ＝３．５％，求ａ．", "（1）若a+b=3.5%，求a．"),
        ("求$（ａ，ｂ）＝５％$。", "求$(a,b)=5\\%$。"),
        ("line  \n next\t\nend\\ ", "line\n next\nend\\ "),
        ("a\n\n\n\n\nb", "a\n\n\nb"),
        ("已知：三角形（如图），问？", "已知：三角形（如图），问？"),
    ],
)
def test_spellings(text: str, clean: str) -> None:
    assert normalise(text) == clean
    assert normalise(clean) == clean


AWKWARD = [
    *("$", "$$", "\\", "\\\\", "\\frac{1}{2}", "&lt;", "&amp;", "&", ";", "#39", "\\u00", "3c", "１", "．", "，", "％"),
    *("＄", "a\u0301", "\\(", "\\)", "\\[", "\\]", "x", "中", "1", "\u200b", "\r", "\n", " ", "\t", "\u3000"),
]
PIECES = st.lists(st.one_of(st.sampled_from(AWKWARD), st.text(max_size=3)), max_size=24).map("".join)


@settings(max_examples=1000, deadline=None)
@given(PIECES)
def test_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="abc $\\\n１（）&;", max_size=40))
def test_programs_and_outputs_are_left_alone(text: str) -> None:
    one = example("tir", segments=segments(("text", "先"), ("code", text), ("output", text), ("text", "完")))
    clean, _ = room.example(one)
    assert [s.text for s in clean.segments[1:3]] == [text, text]


def test_an_example_says_which_rules_changed_it() -> None:
    one = example("tir", question=" １+1?\r\n", segments=segments(("code", "a = 1\r\nprint(a)"), ("text", "是$$1$$")))
    clean, rules = room.example(one)
    assert clean.question == "1+1?"
    assert [s.text for s in clean.segments] == ["a = 1\nprint(a)", "是$1$"]
    assert set(rules) == {"line ends", "double dollars", "full-width forms"}
    assert room.example(clean) == (clean, ())


@pytest.mark.data
def test_real_rows_change_by_known_counts(data_dir: Path) -> None:
    """A change of a rule shows here; and no number or letter is lost from any real row."""
    counts: dict[str, Counter[str]] = {}
    for name, path in (("tal_scq5k", "zh_tal_scq5k_train"), ("gaokao", "zh_gaokao_math"), ("carp", "zh_carp_dev")):
        tally = counts.setdefault(name, Counter())
        for item in load(data_dir / "train" / f"{path}.jsonl.gz", name, ADAPTERS[name]):
            if isinstance(item, Example):
                clean, rules = room.example(item)
                tally.update(rules)
                assert digits(clean.question) == digits(item.question)
                assert room.example(clean) == (clean, ())
    assert set().union(*counts.values()) <= set(RULES)
    assert counts == COUNTS


def digits(text: str) -> str:
    plain = unicodedata.normalize("NFKC", html.unescape(text))
    return "".join(c for c in plain if c.isalnum())


COUNTS: dict[str, dict[str, int]] = {
    "tal_scq5k": {
        "double dollars": 2913,
        "full-width forms": 99,
        "trailing blanks": 42,
        "entities": 9,
        "invisible characters": 3,
    },
    "gaokao": {"full-width forms": 40, "trailing blanks": 23, "invisible characters": 1},
    "carp": {},
}
