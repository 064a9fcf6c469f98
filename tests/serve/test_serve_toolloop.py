"""The tool loop on written transcripts: our own protocol, and what holds for all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raymath.prompts import ENDED_BY, NO_OUTPUT, NO_PROGRAM, parse_solution, render_solution
from raymath.records import Execution, ProgramError, Segment
from raymath.serve.protocols import SHOWN_CHARACTERS, Raymath, rules, rules_for
from raymath.serve.toolloop import Done, Ended, Execute, Generate, Rules, ToolLoop

CODE = "```python\nx = 6 * 7\nprint(x)\n```\n"


def ok(stdout: str) -> Execution:
    return Execution(status="ok", stdout=stdout)


def failed(kind: str, message: str, stdout: str = "") -> Execution:
    trace = f'Traceback (most recent call last):\n  File "<program>", line 1, in <module>\n{kind}: {message}'
    return Execution(status="error", stdout=stdout, error=ProgramError(type=kind, message=message, traceback=trace))


def start(rules_: Rules | None = None, max_tokens: int = 1000, rounds: int | None = None) -> ToolLoop:
    return ToolLoop.start(rules_ or rules("raymath"), max_tokens, rounds)


def written(loop: ToolLoop, text: str, ended: Ended = "stop", tokens: int = 10) -> ToolLoop:
    return loop.generated(text, ended, tokens)


def program(loop: ToolLoop) -> str:
    assert isinstance(loop.action, Execute), loop.action
    return loop.action.program.code


def finish(loop: ToolLoop) -> str:
    assert isinstance(loop.action, Done), loop.action
    return loop.action.finish


def continue_as(loop: ToolLoop, whole: str) -> ToolLoop:
    """One generation of a model that means to write `whole`: it goes on from the transcript and obeys the stops."""
    assert isinstance(loop.action, Generate)
    assert whole.startswith(loop.text)
    rest = whole[len(loop.text) :]
    ends = {rest.find(stop) + len(stop): stop for stop in loop.action.stop if stop in rest}
    if not ends:
        return loop.generated(rest, "eos", 1)
    end = min(ends)
    cut = end if loop.action.include_stop else end - len(ends[end])
    return loop.generated(rest[:cut], "stop", 1)


def test_a_block_runs_as_soon_as_it_is_closed_and_the_model_goes_on() -> None:
    loop = written(start(), f"Compute.\n{CODE}", tokens=20)
    assert program(loop) == "x = 6 * 7\nprint(x)"
    loop = loop.executed(ok("42\n"))
    assert loop.text == f"Compute.\n{CODE}```output\n42\n```\n"
    assert loop.inserted == ("```output\n42\n```\n",)
    assert loop.action == Generate(980, ("```output", "```\n"), True)
    loop = written(loop, "So $\\boxed{42}$.", "eos", 30)
    assert finish(loop) == "stop"
    assert (loop.rounds, loop.used, len(loop.executions)) == (2, 50, 1)


def test_a_call_for_output_runs_the_block_before_it() -> None:
    # The closing fence has a blank after it, so that only the call stops the model.
    loop = written(start(), "```python\nprint(1)\n``` \nIt prints\n```output")
    assert program(loop) == "print(1)"
    assert loop.executed(ok("1")).text.endswith("It prints\n```output\n1\n```\n")


def test_a_block_at_the_end_of_the_turn_runs_though_the_line_does_not_end() -> None:
    loop = written(start(), "```python\nprint(1)\n```", "eos")
    assert program(loop) == "print(1)"
    assert loop.executed(ok("1\n")).text == "```python\nprint(1)\n```\n```output\n1\n```\n"


@pytest.mark.parametrize(
    "text",
    [
        "No code, the answer is \\boxed{4}.",
        "```text\nnot a program\n```",
        "```python\nprint(1)",  # never closed
        "```python\nprint(1)\n``` \nThe answer is \\boxed{1}.",  # went on without its output
        "The block ```python print(1)``` is within a line",
        "",
    ],
)
def test_nothing_runs(text: str) -> None:
    assert finish(written(start(), text, "eos")) == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "```text\n1\n```\n",  # the fence closes something else
        "Here is a list:\n```\n",  # the fence opens something
        "Write ```output",  # within a line
        '```python\ns = """\n```output',  # within an open program
        'print("```output',
    ],
)
def test_a_stop_that_means_nothing_goes_on_in_the_same_round(text: str) -> None:
    loop = written(start(max_tokens=50), text, tokens=20)
    assert isinstance(loop.action, Generate)
    assert (loop.action.max_tokens, loop.rounds, loop.text) == (30, 1, text)
    assert finish(written(loop, "rest", tokens=0)) == "stop"  # no token came: it would stop there for ever


def test_the_model_cannot_write_an_output_itself() -> None:
    loop = written(start(), "I guess\n```output")
    assert loop.text == f"I guess\n```output\n{NO_PROGRAM}\n```\n"
    assert isinstance(loop.action, Generate)
    assert loop.rounds == 2
    assert loop.executions == ()


def test_later_blocks_replay_the_successful_ones() -> None:
    loop = written(start(), "```python\na = 1\n```\n").executed(ok(""))
    loop = written(loop, "```python\n1 / 0\n```\n").executed(failed("ZeroDivisionError", "division by zero"))
    loop = written(loop, "```python\nb = 2\n```\n").executed(ok("done"))
    loop = written(loop, "```python\nprint(a + b)\n```\n")
    assert isinstance(loop.action, Execute)
    assert loop.action.program.replay == ("a = 1", "b = 2")


@pytest.mark.parametrize(
    ("execution", "shown"),
    [
        (ok("  1.5\n\n"), "1.5"),
        (ok(""), NO_OUTPUT),
        (failed("ZeroDivisionError", "division by zero"), "ZeroDivisionError: division by zero"),
        (failed("ValueError", "", "half\n"), "half\nValueError"),
        (failed("NameError", "name 'x' is not defined", "7"), "7\nNameError: name 'x' is not defined"),
        (Execution(status="timeout", stdout="tick\n"), f"tick\n{ENDED_BY['timeout']}"),
        (Execution(status="memory"), ENDED_BY["memory"]),
        (Execution(status="killed"), ENDED_BY["killed"]),
        (Execution(status="output_limit", stdout="y", truncated=True), f"y\n{ENDED_BY['output_limit']}"),
        (ok("a\n```\nb"), "a\n ```\nb"),
    ],
)
def test_what_the_model_reads(execution: Execution, shown: str) -> None:
    loop = written(start(), CODE).executed(execution)
    assert loop.text == f"{CODE}```output\n{shown}\n```\n"


def test_long_output_is_cut_and_says_how_much() -> None:
    loop = written(start(), CODE).executed(ok("a" * 1000 + "b" * 1000))
    half = SHOWN_CHARACTERS // 2
    middle = f"\n[... {2000 - SHOWN_CHARACTERS} characters left out ...]\n"
    assert loop.inserted[0] == f"```output\n{'a' * half}{middle}{'b' * half}\n```\n"


def test_a_fence_that_the_cut_uncovers_does_not_close_the_block() -> None:
    tail = "```" + "b" * (SHOWN_CHARACTERS // 2 - 3)
    loop = written(start(), CODE).executed(ok("a" * 1000 + tail))
    assert [segment.kind for segment in parse_solution(loop.text)] == ["code", "output"]


def test_the_budget_is_one_for_all_rounds() -> None:
    loop = written(start(max_tokens=30), CODE, tokens=20).executed(ok("42"))
    assert isinstance(loop.action, Generate)
    assert loop.action.max_tokens == 10
    assert finish(written(loop, "and so", "length", 10)) == "length"


def test_a_block_that_the_budget_ends_with_still_runs() -> None:
    loop = written(start(max_tokens=20), CODE, "length", 20)
    assert program(loop)
    loop = loop.executed(ok("42"))
    assert finish(loop) == "length"
    assert loop.text.endswith("```output\n42\n```\n")


def test_the_last_round_runs_its_program_and_ends() -> None:
    loop = start()
    for _ in range(6):
        loop = written(loop, CODE, tokens=1).executed(ok("42"))
    assert finish(loop) == "rounds"
    assert (loop.rounds, len(loop.executions)) == (6, 6)


def test_fewer_rounds_can_be_asked_for_but_not_more() -> None:
    assert finish(written(start(rounds=1), CODE).executed(ok("42"))) == "rounds"
    assert start(rounds=99).limit == 6


def test_a_lost_program_ends_the_loop_and_is_never_shown() -> None:
    loop = written(start(), CODE).executed(Execution(status="infra", stderr="worker gone"))
    assert isinstance(loop.action, Done)
    assert loop.action.finish == "error"
    assert "worker gone" in str(loop.action.error)
    assert loop.text == CODE


def test_no_room_in_the_context_ends_the_loop() -> None:
    assert finish(written(start(), CODE).executed(ok("1")).out_of_room()) == "length"


def test_events_that_were_not_asked_for_are_refused() -> None:
    loop = start()
    with pytest.raises(ValueError, match="waits for Generate"):
        loop.executed(ok(""))
    with pytest.raises(ValueError, match="waits for Execute"):
        written(written(loop, CODE), "more")
    with pytest.raises(ValueError, match="were left"):
        loop.generated("text", "stop", 1001)
    with pytest.raises(ValueError, match="positive"):
        start(max_tokens=0)


def test_the_plain_answer_stops_at_nothing_and_runs_nothing() -> None:
    loop = start(rules_for("cot", "raymath"), 100)
    assert loop.action == Generate(100)
    assert finish(written(loop, CODE, "eos")) == "stop"
    assert finish(written(loop, CODE, "length")) == "length"


def test_program_of_thought_runs_one_program() -> None:
    loop = written(start(rules_for("pot", "deepseek")), CODE).executed(ok("42"))
    assert finish(loop) == "stop"
    assert loop.text == f"{CODE}```output\n42\n```\n"


# What a solution can hold such that it was written in our protocol: outputs as the loop spells them.
_line = st.text(st.characters(codec="utf-8", exclude_characters="`\r\n"), max_size=12)
_prose = st.lists(_line, min_size=1, max_size=3).map("\n".join).filter(lambda text: text.strip())
_output = st.lists(_line, min_size=1, max_size=3).map("\n".join).map(str.strip).filter(bool)
_pair = st.tuples(_prose, _output)


@given(st.lists(st.tuples(_prose, _pair), max_size=5), _prose)
def test_a_training_example_fed_through_the_loop_gives_the_same_characters(
    steps: list[tuple[str, tuple[str, str]]], last: str
) -> None:
    segments = [
        segment
        for prose, (code, output) in steps
        for segment in (
            Segment(kind="text", text=prose),
            Segment(kind="code", text=code),
            Segment(kind="output", text=output),
        )
    ] + [Segment(kind="text", text=last)]
    trained = "".join(piece.text for piece in render_solution(segments))
    outputs = [output for _, (_, output) in steps]
    loop = start()
    while not isinstance(loop.action, Done):
        if isinstance(loop.action, Execute):
            assert loop.action.program.code == steps[len(loop.executions)][1][0]
            loop = loop.executed(ok(outputs[len(loop.executions)] + "\n"))
        else:
            loop = continue_as(loop, trained)
    assert loop.text == trained
    assert finish(loop) == "stop"


_pieces = st.sampled_from(
    [CODE, "```python\n", "```\n", "```", "```output", "\n", "text", "\\boxed{1}", "```text\n", "print(1)\n", "  "]
)
_new = st.lists(_pieces, max_size=5).map("".join)
_ended: st.SearchStrategy[Ended] = st.sampled_from(["stop", "eos", "length"])
_execution = st.one_of(
    st.text(st.sampled_from("a`\n ."), max_size=700).map(ok),
    st.builds(failed, st.just("ValueError"), st.text(max_size=5), st.text(st.sampled_from("x`\n"), max_size=9)),
    st.sampled_from(["timeout", "memory", "killed", "output_limit"]).map(lambda s: Execution(status=s)),
)


@given(
    st.sampled_from(["raymath", "deepseek", "tora"]),
    st.integers(1, 60),
    st.lists(st.tuples(_new, _ended, st.integers(0, 20), _execution), min_size=80, max_size=80),
)
def test_no_loop_goes_past_its_budget_or_its_rounds(protocol, budget, events) -> None:  # type: ignore[no-untyped-def]
    loop = start(rules(protocol), budget)
    asked = 0
    for new, ended, tokens, execution in events:
        if isinstance(loop.action, Done):
            break
        before = loop.text
        if isinstance(loop.action, Generate):
            assert 1 <= loop.action.max_tokens <= budget
            tokens = min(tokens, loop.action.max_tokens)
            asked += tokens
            loop = loop.generated(new, ended, tokens)
        else:
            loop = loop.executed(execution)
        assert loop.text.startswith(before)
        assert loop.rounds <= loop.rules.rounds
    else:
        pytest.fail("the loop did not end")
    assert loop.used == asked
    assert asked <= (budget if loop.rules.shared_budget else budget * loop.rules.rounds)
    assert len(loop.executions) <= loop.rules.rounds


@given(_new, _execution)
def test_our_output_blocks_always_read_back_as_one_output(new: str, execution: Execution) -> None:
    loop = written(start(Raymath()), f"{new}\n{CODE}")
    if not isinstance(loop.action, Execute):
        return
    before = len(parse_solution(loop.text))
    after = loop.executed(execution)
    segments = parse_solution(after.text)
    assert len(segments) == before + 1
    assert segments[-1].kind == "output"
