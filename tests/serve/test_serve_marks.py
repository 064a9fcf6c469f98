"""Reasoning, code and output are told apart as they arrive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from raymath.prompts import parse_solution
from raymath.serve.marks import Marker

_piece = st.sampled_from(["So ", "x\n", "```python\n", "print(1)\n", "```\n", "```", "`", "\n", "```text\n", "``` \n"])


def marked(parts: list[str]) -> list[tuple[str, str]]:
    marker, out = Marker(), []
    for part in parts:
        out += marker.feed(part, tool=False)
    return out + marker.flush()


def stretches(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    for kind, text in pieces:
        out = [*out[:-1], (kind, out[-1][1] + text)] if out and out[-1][0] == kind else [*out, (kind, text)]
    return out


def test_a_round_by_single_characters() -> None:
    marker, out = Marker(), []
    for letter in "So\n```python\nprint(1)\n```\n":
        out += marker.feed(letter, tool=False)
    out += marker.feed("```output\n1\n```\n", tool=True)
    out += marker.feed("Thus 1.", tool=False)
    assert stretches(out) == [
        ("text", "So\n"),
        ("code", "```python\nprint(1)\n```\n"),
        ("output", "```output\n1\n```\n"),
        ("text", "Thus 1."),
    ]


def test_a_call_for_output_belongs_to_it() -> None:
    marker = Marker()
    pieces = marker.feed("x\n```output", tool=False) + marker.feed("\n1\n```\n", tool=True)
    assert stretches(pieces) == [("text", "x\n"), ("output", "```output\n1\n```\n")]


@given(st.lists(_piece, max_size=12), st.data())
def test_nothing_is_lost_however_it_is_cut(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert "".join(part for _, part in marked(parts)) == text
    assert stretches(marked(parts)) == stretches(marked([text]))
    code = "".join(part for kind, part in marked(parts) if kind == "code")
    for segment in parse_solution(text):
        if segment.kind == "code":
            assert segment.text in code
