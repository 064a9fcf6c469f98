"""Programs for `sandbox_soak.py`: arithmetic with a computed answer, hostile ones with a bounded end, mutations.

    task = arithmetic(random.Random(0))
    task.fault("ok", "42\\n", "")        # "" where this is what is expected, else what is wrong

Left to others: running them, and the rows of ``programs.jsonl`` (`sandbox_programs.py`).
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sandbox_programs import Row


@dataclass(frozen=True)
class Task:
    """A program and what may come of it; `stdout` and `error` of None are not looked at."""

    name: str
    code: str
    statuses: tuple[str, ...] = ("ok",)
    stdout: str | None = None
    error: str | None = None
    timeout_s: float = 10.0
    memory_mb: int = 1024

    def fault(self, status: str, stdout: str, error: str) -> str:
        """What differs from what is expected; empty where nothing does."""
        if status not in self.statuses:
            return f"status {status} ({error[:200]}) for {' or '.join(self.statuses)}"
        if self.stdout is not None and stdout != self.stdout:
            return f"stdout {stdout[:100]!r} for {self.stdout[:100]!r}"
        if self.error is not None and error != self.error:
            return f"error {error[:200]!r} for {self.error!r}"
        return ""


def of_row(row: Row) -> Task:
    """A row of ``programs.jsonl``."""
    return Task(f"{row.kind} {row.id}", row.code, (row.expect_status,), row.expect_stdout, row.expect_error)


def arithmetic(pick: random.Random) -> Task:
    """A small program with numbers of its own, so that no two have the same answer to mix up."""
    a, b, c = (pick.randrange(2, 10**6) for _ in range(3))
    n, k = pick.randrange(20, 300), pick.randrange(2, 19)
    shapes = (
        (f"print({a} * {b} + {c})", f"{a * b + c}\n"),
        (f"print(sum(i for i in range({n}) if i % {k} == 0))", f"{sum(i for i in range(n) if i % k == 0)}\n"),
        (f"import math\nprint(math.comb({n}, {k}), math.gcd({a}, {b}))", f"{math.comb(n, k)} {math.gcd(a, b)}\n"),
        (f"from fractions import Fraction\nprint(Fraction({a}, {b}) + {k})", f"{Fraction(a, b) + k}\n"),
        (f"def f(x):\n    return x ** 2 % {c}\nprint(f'{{f({a}):d}}')", f"{a**2 % c}\n"),
        (
            f"xs = sorted([{a}, {b}, {c}])\nprint(xs)\nprint(xs[-1] - xs[0])",
            f"{sorted((a, b, c))}\n{spread((a, b, c))}\n",
        ),
        (
            f"total = 0\nfor i in range({a % 5000}):\n    total += i * {k}\nprint(total)",
            f"{sum(range(a % 5000)) * k}\n",
        ),
        (f"price = {a} / 100\nprint(f'{{price * {k}:.2f}}')", f"{a / 100 * k:.2f}\n"),
        (f"print('é' * {k}, {n}, end='')", f"{'é' * k} {n}"),
    )
    code, expected = pick.choice(shapes)
    return Task("arithmetic", code, stdout=expected, error="")


def spread(numbers: Sequence[int]) -> int:
    """The largest less the smallest."""
    return max(numbers) - min(numbers)


# What a program may try; each ends by itself or at a limit. None harms a machine that it is let loose on by more than
# a file in /tmp, a thread or a few processes: where the sandbox failed, the soak would say so and still end.
_HANG = {"statuses": ("timeout",), "timeout_s": 1.0}
_KILLED = {"statuses": ("killed",)}
_REFUSED = {"statuses": ("error",)}
HOSTILE: tuple[Task, ...] = tuple(
    Task(name, code, **bounds)  # type: ignore[arg-type]
    for name, code, bounds in (
        ("busy loop", "print('before', flush=True)\nwhile True: pass", _HANG | {"stdout": "before\n"}),
        ("long sleep", "import time\ntime.sleep(1000)", _HANG),
        (
            "deaf to signals and exceptions",
            "import signal\n"
            "for number in set(signal.Signals) - {9, 19}:\n    signal.signal(number, signal.SIG_IGN)\n"
            "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
            _HANG,
        ),
        ("one long step in C", "print(10**10**9 % 7)", _HANG),
        ("processes", "import os\nfor _ in range(50):\n    if os.fork() == 0: os._exit(0)", _REFUSED),
        ("a daemon", "import subprocess\nsubprocess.Popen(['sleep', '60'], start_new_session=True)", _REFUSED),
        (
            "a process pool",
            "import multiprocessing\nwith multiprocessing.Pool(2) as pool: print(pool.map(abs, [1]))",
            _REFUSED,
        ),
        (
            "too many threads",
            "import threading, time\nthreading.stack_size(65536)\n"
            "for _ in range(90): threading.Thread(target=time.sleep, args=(30,)).start()",
            _KILLED,
        ),
        ("left early", "import os\nprint('said', flush=True)\nos._exit(0)", _KILLED | {"stdout": "said\n"}),
        ("segmentation fault", "import ctypes\nctypes.string_at(0)", _KILLED),
        ("abort", "import os\nos.abort()", _KILLED),
        ("killed by itself", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", _KILLED),
        (
            "deep recursion in C",
            "import sys\nsys.setrecursionlimit(10**9)\n"
            "class A:\n    def __repr__(self): return repr(self)\nprint(repr(A()))",
            {"statuses": ("killed", "memory")},
        ),
        ("its parent killed", "import os\nos.kill(os.getppid(), 9)", _REFUSED),
        ("everything killed", "import os\nos.kill(-1, 9)", _REFUSED),
        ("much memory at once", "x = bytearray(3 << 30)", {"statuses": ("memory",), "memory_mb": 256}),
        (
            "more and more memory",
            "x = []\nwhile True: x.append(bytearray(1 << 20))",
            {"statuses": ("memory",), "memory_mb": 256},
        ),
        ("much output", "while True: print('x' * 1000)", {"statuses": ("output_limit",)}),
        (
            "much output, both ways",
            "import os\nwhile True: os.write(1, b'\\xff' * 999); os.write(2, b'\\0' * 999)",
            {"statuses": ("output_limit",)},
        ),
        ("a network", "import socket\nsocket.create_connection(('127.0.0.1', 22), 1)", _REFUSED),
        ("a foreign file", "print(open('/etc/passwd').read())", _REFUSED | {"stdout": ""}),
        ("a file of its own", "open('/tmp/raymath-soak-escaped', 'w').write('x')", _REFUSED),
        (
            "shared memory",
            "from multiprocessing import shared_memory\nshared_memory.SharedMemory('raymath-soak-escaped', True, 4096)",
            _REFUSED,
        ),
        ("every descriptor closed", "import os\nos.closerange(0, 4096)", {"statuses": ("ok",), "stdout": ""}),
        (
            "every descriptor written to",
            "import os\nfor fd in range(3, 64):\n"
            "    try: os.write(fd, b'E' * 64)\n    except OSError: pass\nprint('end')",
            {"statuses": ("ok",), "stdout": "end\n"},
        ),
        ("a false exit code", "import sys\nprint(1)\nsys.exit(77)", _REFUSED | {"stdout": "1\n"}),
        (
            "an exception that cannot be shown",
            "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
            _HANG,
        ),
        (
            "an exit hook that hangs",
            "import atexit, time\natexit.register(time.sleep, 1000)\nprint('end', flush=True)",
            _HANG | {"stdout": "end\n"},
        ),
    )
)

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_EXTRA = (
    *(
        "0",
        "-1",
        "10**9",
        "10**10**8",
        "2**63",
        "1e309",
        "None",
        "True",
        "''",
        "'\\x00'",
        "b'\\xff'",
        "lambda: 0",
        "*",
        "**",
    ),
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        ";",
        "\n",
        "\t",
        "\\",
        '"""',
        "#",
        "@",
        "yield",
        "await",
        "async",
        "global",
        "del",
    ),
    *(
        "import",
        "from",
        "while True:",
        "for i in range(10**12):",
        "raise",
        "exec(",
        "eval(",
        "open(",
        "__import__(",
        "print(",
    ),
    *(
        "exit()",
        "input()",
        "import os",
        "os.fork()",
        "import sys",
        "sys.setrecursionlimit(10**8)",
        "é",
        "\ud800",
        "\x00",
        "😀",
    ),
)


def mutated(pick: random.Random, codes: Sequence[str]) -> str:
    """One of the programs or several, changed: by tokens, by bytes, cut, repeated, put one after another."""
    code = pick.choice(codes)
    for _ in range(pick.choice((0, 1, 1, 2, 3))):
        code = pick.choice((_by_tokens, _by_bytes, _joined, _cut, _nested))(pick, code, codes)
    return code[:100_000]


def _by_tokens(pick: random.Random, code: str, codes: Sequence[str]) -> str:
    tokens = _TOKEN.findall(code) or [""]
    others = _TOKEN.findall(pick.choice(codes)) or [""]
    for _ in range(pick.randrange(1, 6)):
        at = pick.randrange(len(tokens))
        how = pick.randrange(5)
        if how == 0:
            tokens[at] = ""
        elif how == 1:
            tokens[at] = pick.choice(others)
        elif how == 2:
            tokens.insert(at, pick.choice(_EXTRA))
        elif how == 3:
            tokens.insert(at, tokens[at])
        else:
            other = pick.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
    return "".join(tokens)


def _by_bytes(pick: random.Random, code: str, codes: Sequence[str]) -> str:
    data = bytearray(code.encode("utf-8", "surrogatepass"))
    for _ in range(pick.randrange(1, 9)):
        at = pick.randrange(len(data) + 1)
        how = pick.randrange(3)
        if how == 0 and at < len(data):
            data[at] ^= 1 << pick.randrange(8)
        elif how == 1:
            data.insert(at, pick.randrange(256))
        else:
            del data[at : at + pick.randrange(1, 9)]
    return data.decode("utf-8", pick.choice(("replace", "ignore", "surrogateescape")))


def _joined(pick: random.Random, code: str, codes: Sequence[str]) -> str:
    return code + pick.choice(("\n", "", ";", "\n    ")) + pick.choice(codes)


def _cut(pick: random.Random, code: str, codes: Sequence[str]) -> str:
    start, end = sorted(pick.randrange(len(code) + 1) for _ in range(2))
    return code[start:end]


def _nested(pick: random.Random, code: str, codes: Sequence[str]) -> str:
    indented = "".join(f"    {line}\n" for line in code.splitlines()) or "    pass\n"
    head = pick.choice(
        (
            "try:\n",
            "def f():\n",
            "while True:\n",
            "for _ in range(1000):\n",
            "class A:\n",
            "import threading\ndef f():\n",
        )
    )
    tail = {"try:\n": "except BaseException as e:\n    print(repr(e))\n", "def f():\n": "f()\n"}.get(head, "")
    if "threading" in head:
        tail = f"for _ in range({pick.choice((1, 8, 100))}): threading.Thread(target=f).start()\n"
    return head + indented + tail
