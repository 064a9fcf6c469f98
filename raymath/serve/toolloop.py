"""The tool loop: a model writes, its programs run, it reads what they printed and goes on.

    loop = ToolLoop.start(RULES["raymath"], max_tokens=1024)
    while not isinstance(loop.action, Done):
        if isinstance(loop.action, Generate):
            loop = loop.generated(new_text, "stop", tokens)     # from an engine
        else:
            loop = loop.executed(execution)                     # from a sandbox
    print(loop.action.finish, loop.text)

A pure state machine: a `ToolLoop` never changes; each event gives the next one. ``text`` is always the whole
transcript after the prompt, exactly as the model sees it; what it looks like and when a program runs is said by
the rules of a protocol (`raymath.serve.protocols`). An execution that infrastructure lost ends the loop and is
never shown to the model. Generating, running programs and counting tool tokens are left to the driver.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeAlias

from raymath.prompts import OUTPUT_CALL, output_block
from raymath.records import Execution, Program

#: How a generation ended: the model's end token (or another text that ends its turn), one of the loop's own
#: stop strings, or no room for another token (budget or context).
Ended = Literal["eos", "stop", "length"]
#: As `records.Generation.finish`.
Finish = Literal["stop", "length", "rounds", "boxed", "error"]


@dataclass(frozen=True)
class Generate:
    """Continue the transcript: at most ``max_tokens``, ending at any of ``stop``.

    ``include_stop``: the stop string that ended it belongs to the new text.
    """

    max_tokens: int
    stop: tuple[str, ...] = ()
    include_stop: bool = False


@dataclass(frozen=True)
class Execute:
    """Run a program."""

    program: Program


@dataclass(frozen=True)
class Done:
    """Nothing is left to do. ``error`` says what infrastructure lost; it is None for everything else."""

    finish: Finish
    error: str | None = None


Action: TypeAlias = Generate | Execute | Done


@dataclass(frozen=True)
class Run:
    """Verdict of the rules: this program is to run now."""

    program: Program


@dataclass(frozen=True)
class Reply:
    """Verdict of the rules: no program, but this stands where its output would."""

    output: str


@dataclass(frozen=True)
class Continue:
    """Verdict of the rules: generate on; ``new_round`` if that counts as another generation."""

    new_round: bool = False


@dataclass(frozen=True)
class End:
    """Verdict of the rules: the transcript is complete."""

    finish: Finish


Verdict: TypeAlias = Run | Reply | Continue | End


@dataclass(frozen=True)
class Turn:
    """What a verdict is about: the transcript, ``new`` at its end, why that ended, the successful programs so far."""

    text: str
    new: str
    ended: Ended
    replay: tuple[str, ...]


class Rules(Protocol):
    """What sets one protocol apart. All methods are pure."""

    @property
    def rounds(self) -> int:
        """Generations at most; a program that the last one asks for still runs."""
        ...

    @property
    def shared_budget(self) -> bool:
        """Whether ``max_tokens`` is for all generations together; otherwise it is for each."""
        ...

    @property
    def stop(self) -> tuple[str, ...]:
        """Strings at which a generation ends."""
        ...

    @property
    def include_stop(self) -> bool:
        """Whether the stop string becomes part of the transcript."""
        ...

    @property
    def at_limit(self) -> Finish:
        """How a loop ends that may not generate again."""
        ...

    @property
    def encoded_anew(self) -> bool:
        """Whether each generation reads the transcript as its text is encoded, or the tokens that the model wrote."""
        ...

    def accept(self, new: str) -> str:
        """What of the newly generated text enters the transcript."""
        ...

    def judge(self, turn: Turn) -> Verdict:
        """What comes next."""
        ...

    def report(self, execution: Execution) -> str:
        """What the model reads of an execution that is not ``infra``, without the fences."""
        ...


@dataclass(frozen=True)
class ToolLoop:
    """One conversation's loop at one moment.

    Attributes:
        rules: the protocol.
        max_tokens: the token budget, as ``rules.shared_budget`` says.
        limit: generations at most.
        text: the transcript so far.
        inserted: the stretches of it that the model did not write, in order.
        executions: the programs' runs so far, in order.
        rounds: generations begun; going on after a stop string that meant nothing is the same generation.
        used: tokens generated so far, in all rounds.
        left: tokens that the model may still write in this round.
        replay: code of the successful programs, in order.
        action: what is to be done now.
    """

    rules: Rules
    max_tokens: int
    limit: int
    action: Action
    left: int
    text: str = ""
    inserted: tuple[str, ...] = ()
    executions: tuple[Execution, ...] = ()
    rounds: int = 1
    used: int = 0
    replay: tuple[str, ...] = ()
    _ended: Ended = field(default="stop", repr=False)

    @classmethod
    def start(cls, rules: Rules, max_tokens: int, rounds: int | None = None) -> ToolLoop:
        """A loop before its first generation; `rounds` may lower the protocol's own number.

        Raises:
            ValueError: `max_tokens` or `rounds` is not positive.
        """
        if max_tokens < 1 or (rounds is not None and rounds < 1):
            raise ValueError(f"max_tokens and rounds must be positive, not {max_tokens} and {rounds}")
        limit = rules.rounds if rounds is None else min(rounds, rules.rounds)
        first = Generate(max_tokens, rules.stop, rules.include_stop)
        return cls(rules=rules, max_tokens=max_tokens, limit=limit, action=first, left=max_tokens)

    def generated(self, new: str, ended: Ended, tokens: int) -> ToolLoop:
        """The model wrote `new` in `tokens` tokens.

        Raises:
            ValueError: the loop did not ask for a generation, or got more tokens than it asked for.
        """
        if not isinstance(self.action, Generate):
            raise ValueError(f"the loop waits for {type(self.action).__name__}, not for a generation")
        if tokens > self.left:
            raise ValueError(f"{tokens} tokens were generated, and {self.left} were left")
        new = self.rules.accept(new)
        text, left = self.text + new, self.left - tokens
        verdict = self.rules.judge(Turn(text, new, ended, self.replay))
        after = replace(self, text=text, left=left, used=self.used + tokens, _ended=ended)
        if isinstance(verdict, Run):
            return replace(after, action=Execute(verdict.program))
        if isinstance(verdict, Reply):
            return after._insert(verdict.output)
        if isinstance(verdict, End):
            return replace(after, action=Done(verdict.finish))
        if verdict.new_round:
            return after._next_round()
        # A stop that meant nothing. Without a token the same prompt would stop at the same place for ever.
        return after._generate() if tokens > 0 else replace(after, action=Done("stop"))

    def out_of_room(self) -> ToolLoop:
        """The model's context has no place for another token."""
        return replace(self, action=Done("length"))

    def executed(self, execution: Execution) -> ToolLoop:
        """The program ran.

        Raises:
            ValueError: the loop did not ask for an execution.
        """
        if not isinstance(self.action, Execute):
            raise ValueError(f"the loop waits for {type(self.action).__name__}, not for an execution")
        after = replace(self, executions=(*self.executions, execution))
        if execution.status == "infra":
            reason = execution.error.message if execution.error else execution.stderr.strip()
            return replace(after, action=Done("error", error=f"the sandbox lost a program: {reason}".rstrip(": ")))
        if execution.status == "ok":
            after = replace(after, replay=(*self.replay, self.action.program.code))
        return after._insert(self.rules.report(execution))

    def _insert(self, output: str) -> ToolLoop:
        block = output_block(output)
        if is_call(self.text):
            block = block.removeprefix(OUTPUT_CALL)
        elif self.text and not self.text.endswith("\n"):
            block = f"\n{block}"
        return replace(self, text=self.text + block, inserted=(*self.inserted, block))._next_round()

    def _next_round(self) -> ToolLoop:
        if self.rules.shared_budget and self._ended == "length":
            return replace(self, action=Done("length"))
        if self.rounds >= self.limit:
            return replace(self, action=Done("length" if self._ended == "length" else self.rules.at_limit))
        left = self.left if self.rules.shared_budget else self.max_tokens
        return replace(self, rounds=self.rounds + 1, left=left)._generate()

    def _generate(self) -> ToolLoop:
        if self.left < 1:
            return replace(self, action=Done("length"))
        return replace(self, action=Generate(self.left, self.rules.stop, self.rules.include_stop))


def is_call(text: str) -> bool:
    """Whether `text` ends with a call for output, at the start of a line."""
    before = text.removesuffix(OUTPUT_CALL)
    return before != text and (not before or before.endswith("\n"))
