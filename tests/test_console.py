"""What a person sees: a bar on a terminal, plain lines elsewhere, never markup of somebody else's text."""

import io

import pytest
from rich.console import Console

from raymath import console


def shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> str:
    out = io.StringIO()
    monkeypatch.setattr(console, "console", Console(file=out, force_terminal=terminal, width=120, highlight=False))
    with console.progress("training", every_s=0.0 if terminal else 1000.0) as show:
        show(0, 0, "starting workers")
        for step in range(1, 5):
            show(step, 4, f"loss {1 / step:.2f}")
        show(4, 4, "loss 0.25")
    console.say("[red]not markup[/red]")
    return out.getvalue()


def test_plain_lines_are_few_and_end_with_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(monkeypatch, terminal=False).splitlines()
    assert lines[0] == "training …"
    assert lines[1].startswith("training: 4/4 ")
    assert lines[1].endswith("loss 0.25")
    assert lines[2:] == ["[red]not markup[/red]"]


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, terminal=True)
    assert "4/4" in text
    assert "━" in text
    assert "loss 0.25" in text
    assert "[red]not markup[/red]" in text
