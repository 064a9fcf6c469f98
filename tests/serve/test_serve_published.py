"""The published loops on written transcripts."""

from __future__ import annotations

import pytest

from raymath.records import Execution, ProgramError
from raymath.serve.protocols import rules
from raymath.serve.published import Words, joined_code
from raymath.serve.toolloop import Done, Execute, Generate, ToolLoop


def ok(stdout: str) -> Execution:
    return Execution(status="ok", stdout=stdout)


def failed(trace: str, stdout: str = "") -> Execution:
    kind, _, message = trace.splitlines()[-1].partition(": ")
    return Execution(status="error", stdout=stdout, error=ProgramError(type=kind, message=message, traceback=trace))


def deepseek() -> ToolLoop:
    return ToolLoop.start(rules("deepseek"), 1024)


def tora() -> ToolLoop:
    return ToolLoop.start(rules("tora"), 1024)


def program(loop: ToolLoop) -> str:
    assert isinstance(loop.action, Execute), loop.action
    return loop.action.program.code


FIRST = "Let us compute.\n```python\nimport math\nprint('start')\nx = 3\n```\n"


def test_deepseek_runs_the_text_that_ends_with_a_fence_and_generates_twice() -> None:
    loop = deepseek()
    assert loop.action == Generate(1024, ("```output",), False)
    loop = loop.generated(FIRST, "stop", 1000)
    assert isinstance(loop.action, Execute)
    assert loop.action.program.timeout_s == 10
    assert loop.action.program.replay == ()
    loop = loop.executed(ok("  start\n"))
    assert loop.text == FIRST.rstrip() + "\n```output\nstart\n```\n"
    assert loop.action == Generate(1024, ("```output",), False)  # a budget for each generation
    loop = loop.generated("The answer is \\boxed{3}.", "eos", 1024)
    assert loop.action == Done("stop")


def test_deepseek_replays_all_blocks_without_their_prints() -> None:
    loop = deepseek().generated(FIRST, "stop", 9).executed(ok("start"))
    loop = loop.generated("```python\ndef f():\n    print('kept: indented')\n    return 1\nprint(x)\n```", "stop", 9)
    code = program(loop)
    assert code == "import math\nx = 3\ndef f():\n    print('kept: indented')\n    return 1\nprint(x)"


def test_deepseek_keeps_prints_of_earlier_blocks_that_are_indented_imported_or_defined() -> None:
    earlier = "import os; print(1)\ndef f(): print(2)\n    print(3)\n  print(4)\nprint(5)"
    text = f"```python\n{earlier}\n```\nand\n```python\ny\n```"
    assert joined_code(text) == "import os; print(1)\ndef f(): print(2)\n    print(3)\ny"


@pytest.mark.parametrize("text", ["no code", "```python\nprint(1)\n```\nand more", "```python\nprint(1)"])
def test_deepseek_runs_nothing_unless_the_text_ends_with_a_fence(text: str) -> None:
    loop = deepseek().generated(text, "stop", 5)
    assert isinstance(loop.action, Generate)
    assert loop.rounds == 2
    assert loop.text == text.rstrip()
    assert loop.generated(" more", "stop", 5).action == Done("rounds")
    assert loop.generated(" more", "length", 1024).action == Done("length")


def test_deepseek_runs_nothing_after_the_end_token() -> None:
    loop = deepseek().generated(FIRST, "eos", 5)
    assert loop.action == Done("stop")
    assert loop.executions == ()


def test_deepseek_runs_the_last_code_and_does_not_go_on() -> None:
    loop = deepseek().generated(FIRST, "stop", 5).executed(ok("start"))
    loop = loop.generated("```python\nprint(x)\n```", "length", 1024)
    assert program(loop) == "import math\nx = 3\nprint(x)"
    loop = loop.executed(ok("3"))
    assert loop.text.endswith("```python\nprint(x)\n```\n```output\n3\n```\n")
    assert isinstance(loop.action, Done)


def test_deepseek_replaces_comments_and_docstrings() -> None:
    text = '```python\n# by hand\nx = 1  # kept\n\ndef f():\n    """One line."""\n    # inner\n    return x\n```'
    code = program(deepseek().generated(text, "stop", 5))
    assert code == '# comments\nx = 1  # kept\n\ndef f():\n    """comments"""\n    # comments\n    return x'
    text = '```python\ndef f():\n    """Two\n    lines.\n    """\n    return 1\n```'
    assert program(deepseek().generated(text, "stop", 5)) == "def f():\n\n    return 1"


TRACE = (
    "Traceback (most recent call last):\n"
    '  File "<program>", line 3, in <module>\n'
    '  File "<program>", line 2, in f\n'
    "ZeroDivisionError: division by zero"
)


@pytest.mark.parametrize(
    ("execution", "shown"),
    [
        (ok("a" * 100), "a" * 100),
        (ok("a" * 60 + "b" * 60), "a" * 50 + "..." + "b" * 50),
        (ok(" \n"), "Runtime errors:"),
        (failed(TRACE, stdout="lost"), "Runtime errors: in f\nZeroDivisionError: division by zero"),
        (Execution(status="timeout", stdout="lost"), "Runtime errors: Timeout Error"),
        (Execution(status="memory"), "Runtime errors: MemoryError"),
        (Execution(status="killed"), "Runtime errors: Killed"),
    ],
)
def test_what_deepseek_reads(execution: Execution, shown: str) -> None:
    loop = deepseek().generated(FIRST, "stop", 5).executed(execution)
    assert loop.inserted == (f"\n```output\n{shown}\n```\n",)


def test_deepseek_cuts_long_messages_by_tokens() -> None:
    words = " ".join(f"w{i}" for i in range(150))
    loop = deepseek().generated(FIRST, "stop", 5).executed(failed(f"ValueError: {words}"))
    all_words = ["ValueError:", *words.split()]
    shown = " ".join(all_words[:50]) + " ... " + " ".join(all_words[-50:])
    assert loop.inserted == (f"\n```output\nRuntime errors: {shown}\n```\n",)


def test_words_stand_for_tokens_without_loss() -> None:
    text = "  in f\nValueError: a  b"
    assert Words().convert_tokens_to_string(Words().tokenize(text)) == text


def test_tora_runs_the_last_block_only() -> None:
    loop = tora().generated("```python\na = 1\n```\nthen\n```python\nprint(2)\n```\n", "stop", 5)
    assert program(loop) == "print(2)"
    assert isinstance(loop.action, Execute)
    assert loop.action.program.timeout_s == 5
    loop = loop.executed(ok("2\n"))
    assert loop.text.endswith("print(2)\n```\n```output\n2\n```\n")
    loop = loop.generated("```python\nprint(3)\n```", "eos", 5)  # the end token does not matter
    assert program(loop) == "print(3)"


def test_tora_ends_when_boxed_was_written_even_with_a_program() -> None:
    loop = tora().generated("\\boxed{2}\n```python\nprint(2)\n```", "stop", 5)
    assert loop.action == Done("boxed")
    assert tora().generated("I do not know.", "eos", 5).action == Done("stop")
    assert tora().generated("cut", "length", 1024).action == Done("length")


def test_tora_has_four_rounds() -> None:
    loop = tora()
    for _ in range(4):
        loop = loop.generated("```python\nprint(1)\n```", "stop", 1024).executed(ok("1"))
    assert loop.action == Done("rounds")
    assert loop.text.endswith("```output\n1\n```\n")


@pytest.mark.parametrize(
    ("execution", "shown"),
    [
        (ok("a" * 400), "a" * 400),
        (ok("a" * 300 + "b" * 300), "a" * 200 + "..." + "b" * 200),
        (ok(""), "Done"),
        (failed(TRACE, stdout="lost"), "ZeroDivisionError: division by zero"),
        (Execution(status="timeout", stdout="lost"), "Timeout Error"),
        (Execution(status="killed"), "Killed"),
    ],
)
def test_what_tora_reads(execution: Execution, shown: str) -> None:
    loop = tora().generated("```python\nf()\n```", "stop", 5).executed(execution)
    assert loop.inserted == (f"\n```output\n{shown}\n```\n",)
