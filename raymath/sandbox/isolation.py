"""What holds a program on this machine, found out by trying, and what does not.

    level, missing = probe()

Levels, from most to least:

- ``full``: namespaces, Landlock and seccomp. A program sees no other process, no network, and of the machine's files
  only Python's libraries.
- ``strong``: Landlock and seccomp. As above, but it can learn of a file that it exists.
- ``basic``: seccomp alone. It can open no file at all; what is not loaded cannot be imported.
- ``none``: nothing holds it. Refused unless it is allowed by name.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from raymath.sandbox.calls import engine
from raymath.sandbox.preload import KINDS
from raymath.sandbox.tree import level_of

_SENTENCES = {
    "namespaces": "a program shares the machine's process table, and can learn which files exist",
    "landlock": "no file can be opened, so only modules that are loaded beforehand can be imported",
    "seccomp": "no system call is forbidden, so programs are refused unless that is allowed by name",
}


class Probe(NamedTuple):
    """``level``: the isolation's name; ``missing``: one sentence for each thing that a better level would hold."""

    level: str
    missing: tuple[str, ...]


def probe() -> Probe:
    """Start a zygote, which is tried with every forbidden act before it takes programs (about 0.2 s the first time).

    Raises:
        MachineError: not even a harmless program runs.
    """
    missing = engine().warm(KINDS[:1])
    return Probe(
        level_of(missing),
        tuple(f"{name} ({missing[name]}): {what}" for name, what in _SENTENCES.items() if name in missing),
    )


@functools.cache
def isolation_level() -> str:
    """The level of `probe`, found out once a process."""
    return probe().level


def warm(*kinds: str) -> None:
    """Start the zygotes of these kinds (all of `raymath.sandbox.preload.KINDS` where none is named) and wait for them.

    They stay then; those that a program started are let go when none has come for half a minute. A server calls it
    before its first request; without it the first program that needs one waits.
    """
    engine().warm(kinds or KINDS)
