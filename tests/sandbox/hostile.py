"""Programs that mean harm, what has to come of each, and programs that must not notice them.

    run_all(HOSTILE)                        # every program through the sandbox, in order
    complaints(case, execution, "full")     # [] if the sandbox kept its contract

A program tries a forbidden act, catches what the sandbox raises, and prints ``held``, or ``got: …`` with what it got:
so each check can fail, and `test_sandbox_hostile.py` shows that it does where nothing holds. Beside those are
programs that let the sandbox end them.

Nothing here harms a machine, even if nothing held it: bombs have a bound (200 processes that start none, 3 GiB of
address space), system calls of the administrator get arguments that the kernel refuses, and signals to other
processes are signal 0, which only asks whether it could be sent. What a program creates begins with `MARK`.

    python hostile.py < cases.json          # one process for many, used for other levels of isolation: see `main`
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from raymath import sandbox
from raymath.records import Execution, Program, Status

#: Begins the name of everything that a program creates if nothing holds it.
MARK = "raymath-hostile"
#: A text that only the environment of the process that calls the sandbox holds.
SECRET = "raymath-secret-of-the-caller"

#: What a program may need before it makes its point: at lower levels the act is allowed, or cannot be tried.
#: ``imports``: modules that are read from files when they are imported, ``landlock``, ``namespaces``, ``x86_64``.
_HAVE = {
    "full": {"imports", "landlock", "namespaces"},
    "strong": {"imports", "landlock"},
    "basic": set[str](),
    "none": {"imports"},
}

BRIEF = {"timeout_s": 1.0}
SMALL = {"memory_mb": 256}
_OUTPUT_BYTES = 65536


@dataclass(frozen=True)
class Hostile:
    """One program and what has to come of it.

    ``statuses`` are those that the contract allows; ``stdout`` and ``error`` (the exception's type) are compared where
    they are given, a tuple being a choice; ``says`` is part of the error's message. ``harm``: what a weakened sandbox
    would show. ``before`` runs first, as a program of its own. ``safe_unconfined``: it may run where nothing holds
    it, and what it prints there differs for any user on any kernel.
    """

    name: str
    code: str
    statuses: tuple[Status, ...]
    stdout: str | tuple[str, ...] | None = None
    error: str | tuple[str, ...] | None = None
    says: str = ""
    harm: str = ""
    needs: tuple[str, ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict)
    before: str = ""
    safe_unconfined: bool = False

    def __post_init__(self) -> None:
        for name in ("code", "before"):
            object.__setattr__(self, name, textwrap.dedent(getattr(self, name)).strip("\n"))

    def shows_at(self, level: str) -> bool:
        """Whether it makes its point on this machine at a level of isolation."""
        return set(self.needs) <= _HAVE[level] | {os.uname().machine}


@dataclass(frozen=True)
class Harmless:
    """A program that has nothing to fear, and exactly what it prints."""

    name: str
    code: str
    stdout: str
    replay: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", textwrap.dedent(self.code).strip("\n"))

    def program(self) -> Program:
        """With time to spare: its neighbours may be loud."""
        return Program(code=self.code, replay=self.replay, timeout_s=60.0, id=self.name)


def complaints(case: Hostile, done: Execution, isolation: str | None = None) -> list[str]:
    """What the sandbox did that its contract does not allow; empty if all is well.

    Args:
        case: what was run.
        done: what came of it.
        isolation: the level that had to hold it; not compared where it is None.
    """
    wrong = []
    if done.status not in case.statuses:
        wrong.append(f"status {done.status}, not {' or '.join(case.statuses)}")
    if not _matches(done.stdout, case.stdout):
        wrong.append(f"stdout {done.stdout[:200]!r}, not {case.stdout!r}")
    if done.error is not None and not _matches(done.error.type, case.error):
        wrong.append(f"error {done.error.type} ({done.error.message[:100]!r}), not {case.error}")
    if case.says and (done.error is None or case.says not in done.error.message):
        wrong.append(f"the error does not say {case.says!r}")
    if (done.error is None) != (done.status in ("ok", "timeout", "output_limit")):
        wrong.append(f"status {done.status} with error {done.error}")
    if done.truncated != (done.status == "output_limit"):
        wrong.append(f"truncated is {done.truncated} with status {done.status}")
    if len(done.stdout) + len(done.stderr) > case.arguments.get("output_bytes", _OUTPUT_BYTES):
        wrong.append("more output than was asked for")
    if done.status == "timeout" and done.seconds < 0.9 * case.arguments.get("timeout_s", 10):
        wrong.append(f"timeout after {done.seconds} s")
    if isolation is not None and done.isolation != isolation:
        wrong.append(f"isolation {done.isolation}, not {isolation}")
    return wrong


def _matches(given: str, expected: str | tuple[str, ...] | None) -> bool:
    return expected is None or given in ((expected,) if isinstance(expected, str) else expected)


# What most programs are made of.


def tries(name: str, act: str, held: str = "OSError", *, first: str = "", **more: Any) -> Hostile:
    """A program that prints ``held`` if an act raises one of the exceptions, otherwise what it got.

    Args:
        name: of the case.
        act: an expression, or several lines that set ``got``.
        held: the exceptions by which the sandbox may refuse.
        first: lines before it.
        more: fields of `Hostile`.
    """
    act = textwrap.dedent(act).strip("\n")
    lines = act if "\n" in act else f"got = {act}"
    code = f"try:\n{textwrap.indent(lines, '    ')}\nexcept {held}:\n    print('held')\nelse:\n    print('got:', got)"
    return Hostile(name, f"{textwrap.dedent(first).strip()}\n{code}", ("ok",), "held\n", **more)


def ends(name: str, code: str, error: str | tuple[str, ...], **more: Any) -> Hostile:
    """A program that the sandbox's refusal ends, before it printed anything."""
    return Hostile(name, code, ("error",), "", error, **more)


def call(name: str, number: int, *arguments: object, errnos: str = "(1,)", **more: Any) -> Hostile:
    """A system call of x86-64 without the C library: -1 with EPERM, whatever its arguments are."""
    given = ", ".join(map(str, arguments)) or "0"
    code = f"""
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result = libc.syscall(ctypes.c_long({number}), {given})
    errno = ctypes.get_errno()
    print('held' if result == -1 and errno in {errnos} else f'got: {{result}}, errno {{errno}}')
    """
    harm = more.pop("harm", f"the kernel looks at the arguments of {name}")
    return Hostile(f"system call {name}", code, ("ok",), "held\n", harm=harm, needs=("x86_64",), **more)


def hangs(name: str, code: str, stdout: str | None = "", **more: Any) -> Hostile:
    """A program that has to be ended at its deadline."""
    more.setdefault("harm", "it runs for ever")
    return Hostile(name, code, ("timeout",), stdout, arguments=BRIEF | more.pop("arguments", {}), **more)


def dies(name: str, code: str, stdout: str = "", says: str = "", **more: Any) -> Hostile:
    """A program whose process ends otherwise than by coming to its end."""
    more.setdefault("harm", "its death is taken for an end, or takes others with it")
    return Hostile(name, code, ("killed",), stdout, says=says, **more)


ABSENT = "(PermissionError, FileNotFoundError)"
UNREADABLE = "reads a file of the machine"
WRITES = "leaves a file behind"
PROCESS = "starts a process"
NETWORK = "has a socket"

# Time: everything that runs, waits or sleeps for ever, in Python, in C, and against its own end.

TIME = [
    hangs("busy loop", "print('no line end', end='')\nwhile True: pass", "no line end"),
    hangs("a power in C", "print('x')\nprint(10**10**8 % 7)", "x\n"),
    Hostile("a power that is too large for memory and time", "print(10**10**10)", ("timeout", "memory"), "",
            harm="it runs for minutes, or takes 4 GB", arguments=BRIEF),
    hangs("sum of a range", "sum(range(10**13))"),
    hangs("endless iterator in C", "import itertools\nmax(itertools.count())"),
    hangs("endless iterator into nothing", "import collections, itertools\ncollections.deque(itertools.repeat(0), 0)"),
    hangs("search in an endless iterator", "print(1 in iter(int, 1))"),
    hangs("regular expression", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')"),
    hangs("factors", "from sympy import factorint, nextprime\nfactorint(nextprime(10**40) * nextprime(10**41))"),
    hangs("matrices", "import numpy as np\na = np.eye(1200)\nwhile True: a = a @ a"),
    hangs("a library that calls back",
          "import time\nfrom scipy.integrate import quad\nquad(lambda x: time.sleep(1), 0, 1)"),
    hangs("sleep past the deadline", "print('before')\nimport time\ntime.sleep(10**6)", "before\n"),
    hangs("dots for ever", "import time\nwhile True:\n    print('.', end='')\n    time.sleep(0.1)", None),
    hangs("pause", "import signal\nwhile True: signal.pause()"),
    hangs("a lock that it holds", "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()"),
    hangs("an empty queue", "import queue\nqueue.Queue().get()"),
    hangs("an empty pipe", "import os\nr, w = os.pipe()\nos.read(r, 1)"),
    hangs("an event that never comes", "import select\nselect.select([], [], [])"),
    hangs("every exception swallowed", """
        import time
        while True:
            try:
                while True: time.sleep(1)
            except BaseException: pass
        """),
    hangs("every signal ignored", """
        import signal, time
        for n in range(1, 65):
            try: signal.signal(n, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True: time.sleep(1)
        """),
    hangs("every signal blocked",
          "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: time.sleep(1)"),
    hangs("a handler for every signal", """
        import signal, time
        for n in range(1, 65):
            try: signal.signal(n, lambda *_: time.sleep(60))
            except (OSError, ValueError): pass
        signal.alarm(1)
        while True: time.sleep(1)
        """),
    hangs("stopped by its own signal", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nprint('on')"),
    hangs("a thread that never ends",
          "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()"),
    hangs("eight threads that spin", """
        import threading
        def spin():
            while True: pass
        for _ in range(8): threading.Thread(target=spin).start()
        """),
    hangs("its first thread leaves, another stays", """
        import ctypes, threading, time
        threading.Thread(target=time.sleep, args=(600,)).start()
        ctypes.CDLL(None).syscall(60, 0)
        """, needs=("x86_64",)),
    hangs("a replayed block that never ends", "print(1)", arguments={"replay": ["while True: pass"]}),
    hangs("the text of a last value", "class A:\n    def __repr__(self):\n        while True: pass\nA()",
          arguments={"show_last": True}),
    hangs("an exit hook", "import atexit, time\natexit.register(time.sleep, 600)\nprint('end')", "end\n"),
    hangs("the flush of what it put in place of stdout", """
        import sys, time
        class Out:
            def write(self, text): pass
            def flush(self): time.sleep(600)
        sys.stdout = Out()
        """),
    hangs("a hook for exceptions of threads", """
        import threading, time
        threading.excepthook = lambda _: time.sleep(600)
        threading.Thread(target=lambda: 1 / 0).start()
        """),
    hangs("a hook for exceptions that nobody can catch", """
        import sys, time
        class A:
            def __del__(self): 1 / 0
        sys.unraisablehook = lambda _: time.sleep(600)
        a = A()
        del a
        """),
    hangs("an audit hook", "import sys, time\nsys.addaudithook(lambda *_: time.sleep(600))\nopen('x')"),
    hangs("a profiler", "import sys, time\nsleep = time.sleep\nsys.setprofile(lambda *_: sleep(600))\nlen('')"),
    hangs("the text of its exception",
          "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E"),
    hangs("a metaclass",
          "class M(type):\n    def __call__(c):\n        while True: pass\nclass A(metaclass=M): pass\nA()"),
    hangs("a comparison with its exit code",
          "class C:\n    def __eq__(s, o):\n        while True: pass\nraise SystemExit(C())"),
]  # fmt: skip

# Depth: the stack of Python, that of C, and that of the compiler.

NESTED = "l = []\nfor _ in range(10**5): l = [l]\n"
LIFTED = "import sys\nsys.setrecursionlimit(10**9)\n"
OVERFLOW = "takes the process that supervises with it"

DEPTH = [
    ends("recursion", "def f(): f()\nf()", "RecursionError", harm=OVERFLOW),
    ends("recursion by attributes", "class A:\n    def __getattr__(s, n): return s.x\nA().y", "RecursionError",
         harm=OVERFLOW),
    ends("recursion of exec", "s = 'exec(s)'\nexec(s)", "RecursionError", harm=OVERFLOW),
    Hostile("recursion without a limit", LIFTED + "def f(): f()\nf()", ("memory", "killed", "error"), "",
            ("MemoryError", "SystemError", "Killed"), harm="takes all memory", arguments={"memory_mb": 64}),
    Hostile("recursion in C without a limit", LIFTED + "f = lambda *a: sorted([1], key=f)\nprint('x')\nf()",
            ("killed", "memory"), "x\n", harm=OVERFLOW),
    Hostile("text of a nested list without a limit", LIFTED + NESTED + "repr(l)", ("killed", "memory"), "",
            harm=OVERFLOW),
    Hostile("nested pickle without a limit", LIFTED + NESTED + "import pickle\npickle.dumps(l)", ("killed", "memory"),
            "", harm=OVERFLOW),
    Hostile("a chain of iterators",
            "import itertools\ni = iter([])\nfor _ in range(10**6): i = itertools.chain(i)\nlist(i)",
            ("killed", "memory"), "", harm=OVERFLOW),
    ends("text of a nested list", NESTED + "repr(l)", "RecursionError", harm=OVERFLOW),
    ends("comparison of nested lists", NESTED + "m = l\n" + NESTED + "l == m", "RecursionError", harm=OVERFLOW),
    ends("copy of a nested list", NESTED + "import copy\ncopy.deepcopy(l)", "RecursionError", harm=OVERFLOW),
    ends("pickle of a nested list", NESTED + "import pickle\npickle.dumps(l)", "RecursionError", harm=OVERFLOW),
    ends("json of a nested list", NESTED + "import json\njson.dumps(l)", "RecursionError", harm=OVERFLOW),
    ends("nested json", "import json\njson.loads('[' * 10**5)", "RecursionError", harm=OVERFLOW),
    ends("nested regular expression", "import re\nre.compile('(' * 5000 + ')' * 5000)", "RecursionError",
         harm=OVERFLOW),
    ends("nested parentheses", "compile('(' * 10**5 + ')' * 10**5, '', 'eval')", "SyntaxError", harm=OVERFLOW),
    ends("a long sum", "compile('+'.join(['1'] * 10**5), '', 'eval')", "RecursionError", harm=OVERFLOW),
    Hostile("nested signs", "compile('-' * 10**5 + '1', '', 'eval')", ("memory", "error"), "",
            ("MemoryError", "RecursionError"), harm=OVERFLOW),
    ends("a nested tree", """
        import ast
        tree = ast.Constant(1)
        for _ in range(10**5): tree = ast.UnaryOp(ast.USub(), tree)
        compile(ast.fix_missing_locations(ast.Expression(tree)), '', 'eval')
        """, "RecursionError", harm=OVERFLOW),
    Hostile("a program of nested parentheses", "(" * 10**5 + ")" * 10**5, ("error",), "", "SyntaxError", harm=OVERFLOW),
    Hostile("a program that is a long sum", "+".join(["1"] * 10**5), ("error",), "", "RecursionError", harm=OVERFLOW),
    Hostile("a long chain is taken apart", "n = None\nfor _ in range(10**6): n = (n,)\ndel n\nprint('held')", ("ok",),
            "held\n", harm=OVERFLOW),
    Hostile("a recursion limit too low to end in order", """
        import sys
        for n in range(1, 100):
            try: sys.setrecursionlimit(n)
            except RecursionError: continue
            break
        raise ValueError('low')
        """, ("error", "killed"), "", harm="the ending has no room, and is taken for another one"),
]  # fmt: skip

# Death: by signals of its own, by leaving early with every exit code that may mean something, by faults.

SELF = "import os, signal\nprint('x')\nos.kill(os.getpid(), signal.{})\nprint('on')"
FORGED = "an exit code that it chose is taken for the sandbox's own word"

DEATH = [
    dies("segmentation fault", "print('x')\nimport ctypes\nctypes.string_at(0)", "x\n", "SIGSEGV"),
    dies("write to nowhere", "import ctypes\nctypes.memset(64, 0, 8)", "", "SIGSEGV"),
    dies("abort", "print('x')\nimport os\nos.abort()", "x\n", "SIGABRT"),
    dies("floating point exception", "import faulthandler\nfaulthandler._sigfpe()", "", "SIGFPE"),
    dies("bad instruction", "import os, signal\nos.kill(os.getpid(), signal.SIGILL)", "", "SIGILL"),
    dies("abort in an exit hook", "import atexit, os\natexit.register(os.abort)\nprint('end')", "end\n", "SIGABRT"),
    *(
        dies(f"{name} to itself", SELF.format(name), "x\n", name)
        for name in ("SIGKILL", "SIGTERM", "SIGSYS", "SIGVTALRM", "SIGUSR1", "SIGUSR2", "SIGBUS", "SIGTRAP")
    ),
    dies("a real-time signal to itself", SELF.format("SIGRTMIN + 3"), "x\n"),
    # The kernel ends with it what is over its CPU time, which this program is not.
    dies("SIGXCPU to itself", SELF.format("SIGXCPU"), "x\n", harm="says that it ran for long"),
    ends("SIGINT to itself", "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)",
         "KeyboardInterrupt", harm="the supervisor's own interrupt"),
    dies("SIGKILL to its thread",
         "import signal, threading\nsignal.pthread_kill(threading.get_ident(), signal.SIGKILL)", "", "SIGKILL"),
    Hostile("SIGTERM to its group", "import os, signal\nos.killpg(0, signal.SIGTERM)", ("killed", "error"), "",
            harm="its group is the supervisor's"),
    dies("its own alarm", "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\ntime.sleep(5)", "",
         "SIGALRM"),
    *(
        dies(f"os._exit({code})", f"import os\nprint(1, flush=True)\nos._exit({code})", "1\n", harm=FORGED)
        for code in (0, 1, 2, 107, 108, 109, 110, 111, 127, 255)
    ),
    dies("os._exit in a thread",
         "import os, threading, time\nthreading.Thread(target=os._exit, args=(0,)).start()\ntime.sleep(5)",
         harm=FORGED),
    dies("os._exit in an exit hook", "import atexit, os\natexit.register(os._exit, 0)\nprint('end')", "end\n",
         harm=FORGED),
    dies("os._exit in a text", "import os\nclass E(Exception):\n    def __str__(self): os._exit(0)\nraise E",
         harm=FORGED),
    dies("exit of the C library", "import ctypes\nprint('x')\nctypes.CDLL(None)._exit(0)", "x\n", harm=FORGED),
    dies("exit by a system call", "import ctypes\nctypes.CDLL(None).syscall(231, 0)", harm=FORGED, needs=("x86_64",)),
    dies("the interpreter's own exit", "import ctypes\nprint('x')\nctypes.pythonapi.Py_Exit(0)", "x\n", harm=FORGED),
]  # fmt: skip

# Signals to others: 0 sends nothing, and asks only whether it could be sent.

ASKS = "may signal another process"
# Where its parent's group is outside of its process table, the kernel calls that group 0, which would be its own.
GROUP = "os.getpgid(os.getppid()) or os.getppid()"

SIGNALS = [
    tries("signal to its parent", "os.kill(os.getppid(), 0)", "PermissionError", first="import os", harm=ASKS,
          safe_unconfined=True),
    tries("signal to its parent's group", f"os.killpg({GROUP}, 0)", "PermissionError", first="import os", harm=ASKS,
          safe_unconfined=True),
    tries("signal to all", "os.kill(-1, 0)", "PermissionError", first="import os", harm=ASKS, safe_unconfined=True),
    tries("signal to process 1", "os.kill(1, 0)", "PermissionError", first="import os", harm=ASKS),
    Hostile("signal to anybody", """
        import os
        reached = []
        for pid in [*range(1, 5000), *range(max(1, os.getpid() - 2000), os.getpid())]:
            try: os.kill(pid, 0)
            except OSError: continue
            if pid != os.getpid(): reached.append(pid)
        print('held' if not reached else f'got: {reached}')
        """, ("ok",), "held\n", harm=ASKS, safe_unconfined=True),
    ends("SIGCONT to its parent", "import os, signal\nos.kill(os.getppid(), signal.SIGCONT)", "PermissionError",
         harm=ASKS, safe_unconfined=True),
    ends("SIGURG to its parent's group", f"import os, signal\nos.killpg({GROUP}, signal.SIGURG)", "PermissionError",
         harm=ASKS, safe_unconfined=True),
    tries("signals by way of a descriptor", """
        r, w = os.pipe()
        got = fcntl.fcntl(r, fcntl.F_SETOWN, os.getppid())
        """, first="import fcntl, os", harm="the kernel signals the supervisor for it", safe_unconfined=True),
    tries("handle of a process", "os.pidfd_open(os.getppid())", "PermissionError", first="import os",
          harm="a handle to signal by", safe_unconfined=True),
    call("tgkill of its parent", 234, "os.getppid()", "os.getppid()", 0, harm=ASKS, safe_unconfined=True),
    call("tkill of its parent", 200, "os.getppid()", 0, harm=ASKS, safe_unconfined=True),
    call("rt_sigqueueinfo", 129, "os.getppid()", 0, "ctypes.create_string_buffer(128)", harm=ASKS),
    call("rt_tgsigqueueinfo", 297, "os.getppid()", "os.getppid()", 0, "None", harm=ASKS),
    call("pidfd_send_signal", 424, -1, 0, "None", 0, harm=ASKS),
    call("kill of process 1", 62, 1, 0, harm=ASKS),
]  # fmt: skip

# Memory: in one piece, in many, of every kind that a program can ask for.

BIG = "takes 3 GiB"


def bombs(name: str, code: str, stdout: str = "", error: tuple[str, ...] = ("MemoryError",), **more: Any) -> Hostile:
    """A program that wants more than it may have."""
    return Hostile(name, code, ("memory",), stdout, error, harm=BIG, arguments=more.pop("arguments", SMALL), **more)


MEMORY = [
    bombs("one large piece", "print('x')\nb = bytes(3 * 2**30)", "x\n", arguments={}),
    tries("one large piece, and on", "len(bytes(3 * 2**30))", "MemoryError", harm=BIG),
    bombs("many pieces", "a = [bytes(10**6) for _ in range(3000)]"),
    bombs("many numbers", "a = list(range(3 * 10**7))"),
    bombs("a dictionary", "d = {i: str(i) for i in range(6 * 10**6)}"),
    bombs("a set", "s = set(range(10**7))"),
    bombs("a growing text", "s = 'x'\nfor _ in range(30): s += s"),
    bombs("a wide format", "'{:>1000000000}'.format(1)"),
    bombs("a large number", "1 << 2**33"),
    bombs("a stream in memory", "import io\nb = io.BytesIO()\nfor _ in range(1000): b.write(bytes(10**6))"),
    bombs("tuples of a product", "import itertools as i\nlist(i.islice(i.product(range(100), repeat=4), 10**7))"),
    bombs("text joined", "''.join('x' * 1000 for _ in range(10**6))"),
    bombs("numpy zeros", "import numpy as np\na = np.zeros(3 * 2**27)", error=("_ArrayMemoryError", "MemoryError"),
          arguments={}),
    bombs("numpy ones", "import numpy as np\na = np.ones(2**27)", error=("_ArrayMemoryError", "MemoryError")),
    bombs("numpy broadcast", "import numpy as np\na = np.arange(15000)\na[:, None] * a",
          error=("_ArrayMemoryError", "MemoryError")),
    bombs("numpy many", "import numpy as np\na = [np.zeros(10**6) for _ in range(370)]",
          error=("_ArrayMemoryError", "MemoryError")),
    bombs("memory in a replayed block", "print(1)", arguments={"replay": ["a = bytes(3 * 2**30)"]}),
    bombs("memory of a subclass", "class M(MemoryError): pass\nraise M", error=("M",), arguments={}),
    Hostile("memory in an exit hook", "import atexit\natexit.register(lambda: bytes(3 * 2**30))\nprint('end')",
            ("ok", "memory"), "end\n", harm=BIG),
    Hostile("memory again and again", """
        kept = []
        for _ in range(3000):
            try: kept.append(bytes(2**20))
            except MemoryError: pass
        n = len(kept)
        kept.clear()
        print('held' if 100 < n < 1100 else f'got: {n} MiB')
        """, ("ok",), "held\n", harm=BIG),
    Hostile("memory in threads", """
        import threading
        kept, refused = [], []
        go = threading.Event()
        def work():
            go.wait()
            for _ in range(300):
                try: kept.append(bytes(2**20))
                except MemoryError: refused.append(1)
        threads = [threading.Thread(target=work) for _ in range(8)]
        for t in threads: t.start()
        go.set()
        for t in threads: t.join()
        n = len(kept)
        kept.clear()
        print('held' if n < 1100 and len(refused) == 2400 - n else f'got: {n} MiB')
        """, ("ok",), "held\n", harm=BIG),
    tries("anonymous map", "len(mmap.mmap(-1, 3 * 2**30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))",
          "(OSError, MemoryError)", first="import mmap", harm=BIG),
    tries("shared map", "len(mmap.mmap(-1, 3 * 2**30))", "(OSError, MemoryError)", first="import mmap", harm=BIG),
    tries("many shared maps", "kept = [mmap.mmap(-1, 2**20) for _ in range(3000)]\ngot = len(kept)",
          "(OSError, MemoryError)", first="import mmap", harm=BIG),
    tries("a map that grows", "m = mmap.mmap(-1, 2**20)\nm.resize(3 * 2**30)\ngot = len(m)",
          "(OSError, MemoryError, SystemError)", first="import mmap", harm=BIG),
    Hostile("memory of the C library", """
        import ctypes
        libc = ctypes.CDLL(None)
        libc.malloc.restype = ctypes.c_void_p
        libc.malloc.argtypes = [ctypes.c_size_t]
        print('held' if libc.malloc(3 * 2**30) is None else 'got: 3 GiB')
        """, ("ok",), "held\n", harm=BIG),
    Hostile("memory without a reserve", """
        import ctypes
        libc = ctypes.CDLL(None)
        libc.mmap.restype = ctypes.c_long
        libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
        print('held' if libc.mmap(None, 3 * 2**30, 3, 0x4022, -1, 0) == -1 else 'got: 3 GiB')
        """, ("ok",), "held\n", harm=BIG),
    Hostile("the break", """
        import ctypes
        libc = ctypes.CDLL(None)
        libc.sbrk.restype = ctypes.c_long
        libc.sbrk.argtypes = [ctypes.c_long]
        print('held' if libc.sbrk(3 * 2**30) == -1 else 'got: 3 GiB')
        """, ("ok",), "held\n", harm=BIG),
    tries("the stack of a thread", """
        threading.stack_size(3 * 2**30)
        threading.Thread(target=print).start()
        got = '3 GiB'
        """, "(RuntimeError, ValueError, MemoryError)", first="import threading", harm=BIG),
    ends("memory of many processes", """
        import os, time
        for _ in range(8):
            if os.fork() == 0:
                b = os.urandom(2**20) * 30
                time.sleep(2)
                os._exit(0)
        print('eight')
        """, "PermissionError", harm="each process has the limit for itself", arguments=SMALL, safe_unconfined=True),
]  # fmt: skip

# Processes: every way to start one.

TRUE = "'/bin/true'"

PROCESSES = [
    tries("fork", "pid = os.fork()\nif pid == 0: os._exit(0)\ngot = pid", "PermissionError", first="import os",
          harm=PROCESS, safe_unconfined=True),
    ends("fork that ends it", "import os\nif os.fork() == 0: os._exit(0)\nprint('parent')", "PermissionError",
         harm=PROCESS, safe_unconfined=True),
    ends("fork bomb", """
        import os, time
        for _ in range(200):
            if os.fork() == 0:
                time.sleep(2)
                os._exit(0)
        print('got: 200 processes')
        """, "PermissionError", harm=PROCESS, arguments={"timeout_s": 5}),
    Hostile("fork bomb that does not give up", """
        import os, time
        started = 0
        for _ in range(200):
            try:
                if os.fork() == 0:
                    time.sleep(1)
                    os._exit(0)
                started += 1
            except PermissionError: pass
        print('held' if started == 0 else f'got: {started} processes')
        """, ("ok",), "held\n", harm=PROCESS, arguments={"timeout_s": 5}),
    tries("daemon", """
        pid = os.fork()
        if pid == 0:
            os.setsid()
            if os.fork() == 0: time.sleep(3)
            os._exit(0)
        os.waitpid(pid, 0)
        got = 'a daemon'
        """, "PermissionError", first="import os, time", harm="outlives its call", safe_unconfined=True),
    tries("session of its own", "os.setsid()", "PermissionError", first="import os",
          harm="leaves the group by which it is ended"),
    tries("fork with a terminal", "pid, fd = os.forkpty()\nif pid == 0: os._exit(0)\ngot = pid", first="import os",
          harm=PROCESS),
    tries("posix_spawn", f"os.posix_spawn({TRUE}, ['true'], {{}})", "PermissionError", first="import os", harm=PROCESS,
          safe_unconfined=True),
    tries("posix_spawnp", "os.posix_spawnp('true', ['true'], {'PATH': '/bin:/usr/bin'})", "PermissionError",
          first="import os", harm=PROCESS),
    tries("spawnv", f"os.spawnv(os.P_WAIT, {TRUE}, ['true'])", "PermissionError", first="import os", harm=PROCESS,
          safe_unconfined=True),
    Hostile("os.system", "import os\nprint('held' if os.system('exit 0') != 0 else 'got: a shell')", ("ok",), "held\n",
            harm=PROCESS, safe_unconfined=True),
    tries("os.popen", "os.popen('echo shell').read()", "PermissionError", first="import os", harm=PROCESS,
          safe_unconfined=True),
    tries("subprocess.run", "subprocess.run(['/bin/true'])", "PermissionError", first="import subprocess", harm=PROCESS,
          safe_unconfined=True),
    ends("subprocess that ends it", "import subprocess\nsubprocess.run(['/bin/sleep', '1'])\nprint('on')",
         "PermissionError", harm=PROCESS, safe_unconfined=True),
    tries("subprocess in a session", "subprocess.Popen(['/bin/sleep', '1'], start_new_session=True)", "PermissionError",
          first="import subprocess", harm="outlives its call", safe_unconfined=True),
    tries("subprocess with a shell", "subprocess.getoutput('echo shell')", "PermissionError", first="import subprocess",
          harm=PROCESS, safe_unconfined=True),
    tries("the interpreter again", "subprocess.run([sys.executable, '-c', 'print(1)'], close_fds=False)",
          "PermissionError", first="import subprocess, sys", harm=PROCESS, safe_unconfined=True),
    tries("multiprocessing",
          "p = multiprocessing.get_context('fork').Process(target=int)\np.start()\np.join()\ngot = p.pid",
          "PermissionError", first="import multiprocessing", harm=PROCESS, needs=("imports",), safe_unconfined=True),
    tries("multiprocessing by spawn",
          "p = multiprocessing.get_context('spawn').Process(target=int)\np.start()\ngot = p.pid",
          first="import multiprocessing", harm=PROCESS, needs=("imports",)),
    tries("multiprocessing by a server",
          "p = multiprocessing.get_context('forkserver').Process(target=int)\np.start()\ngot = p.pid",
          first="import multiprocessing", harm=PROCESS, needs=("imports",)),
    tries("a pool of processes", "multiprocessing.Pool(2)", "(OSError, ImportError)", first="import multiprocessing",
          harm=PROCESS, needs=("imports",)),
    tries("an executor of processes", "concurrent.futures.ProcessPoolExecutor(2).submit(int).result()",
          "(OSError, ImportError, NotImplementedError)", first="import concurrent.futures", harm=PROCESS,
          needs=("imports",)),
    tries("a manager", "multiprocessing.Manager()", "(OSError, ImportError, EOFError)", first="import multiprocessing",
          harm=PROCESS, needs=("imports",)),
    tries("execv", f"os.execv({TRUE}, ['true'])", "PermissionError", first="import os", harm="becomes another program",
          safe_unconfined=True),
    tries("execvp", "os.execvp('true', ['true'])", "(PermissionError, FileNotFoundError)", first="import os",
          harm="becomes another program"),
    tries("execv of itself", "os.execv('/proc/self/exe', ['python', '-c', 'print(1)'])", "PermissionError",
          first="import os", harm="a fresh interpreter without what holds it", safe_unconfined=True),
    ends("execv that ends it", "import os\nos.execve('/bin/true', ['true'], {})", "PermissionError",
         harm="becomes another program", safe_unconfined=True),
    Hostile("clone by ctypes", """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        pid = libc.syscall(56, 17, 0, 0, 0, 0)
        if pid == 0: os._exit(0)
        print('held' if (pid, ctypes.get_errno()) == (-1, 1) else f'got: {pid}')
        """, ("ok",), "held\n", harm=PROCESS, needs=("x86_64",), safe_unconfined=True),
    Hostile("clone with namespaces", """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        pid = libc.syscall(56, 0x10000000 | 0x20000000 | 17, 0, 0, 0, 0)
        if pid == 0: os._exit(0)
        print('held' if (pid, ctypes.get_errno()) == (-1, 1) else f'got: {pid}')
        """, ("ok",), "held\n", harm="root of its own namespaces", needs=("x86_64",)),
    Hostile("fork by ctypes", """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        pid = libc.fork()
        if pid == 0: os._exit(0)
        print('held' if (pid, ctypes.get_errno()) == (-1, 1) else f'got: {pid}')
        """, ("ok",), "held\n", harm=PROCESS, safe_unconfined=True),
    Hostile("fork and vfork by number", """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        results = []
        for number in (57, 58):
            pid = libc.syscall(number)
            if pid == 0: os._exit(0)
            results.append((pid, ctypes.get_errno()))
        print('held' if set(results) == {(-1, 1)} else f'got: {results}')
        """, ("ok",), "held\n", harm=PROCESS, needs=("x86_64",)),
    call("clone3", 435, "None", 0, errnos="(1, 38)", harm=PROCESS),
    call("execve", 59, "None", "None", "None", harm="becomes another program", safe_unconfined=True),
    call("execveat", 322, -1, "None", "None", "None", 0, harm="becomes another program", safe_unconfined=True),
]  # fmt: skip

# Threads: some are allowed, many are not.

MANY = """
import threading, time
started = 0
{stack}
for _ in range(300):
    try: threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
    except RuntimeError: continue
    started += 1
time.sleep(3)
print('held' if started <= 64 else f'got: {{started}} threads')
"""

THREADS = [
    Hostile("thirty threads are fine", """
        import threading
        done = []
        threads = [threading.Thread(target=lambda n=n: done.append(n)) for n in range(30)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(sum(done))
        """, ("ok",), "435\n", harm="threads are refused"),
    Hostile("a pool of threads is fine", """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(32) as p:
            print(sum(p.map(lambda n: n * n, range(1000))))
        """, ("ok",), "332833500\n", harm="threads are refused"),
    Hostile("a daemon thread is left",
            "import threading, time\nthreading.Thread(target=time.sleep, args=[9], daemon=True).start()\nprint('held')",
            ("ok",), "held\n", harm="the call waits for it"),
    # With stacks of 8 MiB, memory may end it before the number does.
    Hostile("three hundred threads", MANY.format(stack=""), ("killed", "ok"), ("", "held\n"),
            harm="the machine runs out of threads"),
    dies("three hundred threads with tiny stacks", MANY.format(stack="threading.stack_size(32768)"), says="threads",
         harm="the machine runs out of threads"),
    dies("threads that start threads", """
        import threading, time
        threading.stack_size(65536)
        def work(n):
            if n: threading.Thread(target=work, args=(n - 1,)).start()
            time.sleep(3)
        work(300)
        print('got: 300 threads')
        """, says="threads", harm="the machine runs out of threads"),
    dies("raw threads", """
        import _thread, time
        _thread.stack_size(65536)
        for _ in range(300): _thread.start_new_thread(time.sleep, (5,))
        time.sleep(3)
        print('got: 300 threads')
        """, says="threads", harm="the machine runs out of threads"),
    dies("three hundred threads in an exit hook", """
        import atexit, threading, time
        def f():
            import _thread
            _thread.stack_size(65536)
            for _ in range(300): _thread.start_new_thread(time.sleep, (5,))
            time.sleep(3)
            print('got')
        atexit.register(f)
        """, says="threads", harm="the machine runs out of threads"),
]  # fmt: skip

# Output: more than anybody asked for, what is no text, and descriptors that are not where they should be.


def floods(name: str, code: str, stdout: str | None = None, **more: Any) -> Hostile:
    """A program that writes more than is kept."""
    return Hostile(name, code, ("output_limit",), stdout, harm="fills the caller's memory", **more)


A_CAP = "a" * _OUTPUT_BYTES

OUTPUT = [
    floods("lines for ever", "while True: print('a' * 1000)", ("a" * 1000 + "\n") * 65 + "a" * 471),
    floods("one line for ever", "while True: print('a' * 1000, end='')", A_CAP),
    floods("a large text at once", "print('a' * 10**7)", A_CAP),
    floods("gigabytes", "import os\nb = b'a' * 2**20\nfor _ in range(4096): os.write(1, b)", A_CAP,
           arguments={"timeout_s": 60}),
    floods("gigabytes with nobody reading", "import os\nb = b'a' * 2**20\nfor _ in range(4096): os.write(2, b)", "",
           arguments={"timeout_s": 60}),
    floods("NUL bytes for ever", "import os\nwhile True: os.write(1, bytes(4096))", "\0" * _OUTPUT_BYTES),
    floods("bytes that are no text for ever", "import os\nwhile True: os.write(1, b'\\xff' * 4096)",
           "\ufffd" * _OUTPUT_BYTES),
    floods("a cut character", "import os\nos.write(1, 'é'.encode() * 501)", "é" * 500,
           arguments={"output_bytes": 1001}),
    floods("both streams", "import os\nfor _ in range(10): os.write(1, b'a' * 100), os.write(2, b'b' * 100)", None,
           arguments={"output_bytes": 1000}),
    floods("by a hundredth, then an error", "print('a' * 1010)\n1/0", "a" * 1000, arguments={"output_bytes": 1000}),
    floods("from threads", """
        import threading
        def f():
            while True: print('a' * 100)
        for _ in range(8): threading.Thread(target=f).start()
        """),
    floods("in an exit hook", "import atexit\natexit.register(print, 'a' * 10**6)"),
    floods("by an exception that was not caught in a thread", """
        import sys, threading
        sys.setrecursionlimit(3000)
        class E(Exception):
            def __str__(s): return 'a' * 10**6
        def f(): raise E
        t = threading.Thread(target=f)
        t.start()
        """, ""),
    floods("to the last byte and one more", "import os\nos.write(1, b'a' * 1001)", "a" * 1000,
           arguments={"output_bytes": 1000}),
    Hostile("to the last byte", "import os\nos.write(1, b'a' * 1000)", ("ok",), "a" * 1000,
            harm="fine output is refused", arguments={"output_bytes": 1000}),
    Hostile("what replay prints does not count", "print(x)", ("ok",), "1\n", harm="fine output is refused",
            arguments={"replay": ["x = 1\nprint('a' * 10**6)"], "output_bytes": 1000}),
    Hostile("bytes that are no text", "import os\nos.write(1, b'a\\x00b\\xff\\xfe\\xc3')", ("ok",),
            "a\0b\ufffd\ufffd\ufffd", harm="the caller's decoder fails"),
    Hostile("terminal sequences", "print('\\x1b[2J\\x1b]0;x\\x07')", ("ok",), "\x1b[2J\x1b]0;x\x07\n",
            harm="output is changed"),
    ends("a lone surrogate", "print('\\ud800')", "UnicodeEncodeError", harm="the caller's record cannot be written"),
    Hostile("the record of another program", "print('{\"status\": \"infra\", \"stdout\": \"\"}')", ("ok",),
            '{"status": "infra", "stdout": ""}\n', harm="output is taken for a result"),
    Hostile("an exception's text", "print('Traceback (most recent call last):\\nValueError: x')", ("ok",),
            "Traceback (most recent call last):\nValueError: x\n", harm="output is taken for a verdict"),
    Hostile("closed stdout", "import os\nprint(1)\nos.close(1)\nx = 1", ("ok", "error"), "1\n",
            harm="an end without a verdict"),
    ends("print to a closed stdout", "import os\nos.close(1)\nprint(1, flush=True)", "OSError",
         harm="an end without a verdict"),
    Hostile("every descriptor closed", "import os\nprint('early')\nos.closerange(0, 1024)", ("ok", "error"), "early\n",
            harm="an end without a verdict"),
    Hostile("every descriptor closed before an exception", "import os\nprint('early')\nos.closerange(0, 1024)\n1/0",
            ("error",), "early\n", harm="an exception that is not seen"),
    Hostile("stdout onto stderr", "import os\nos.dup2(2, 1)\nprint('x')", ("ok",), "",
            harm="output in the wrong place"),
    Hostile("stderr onto stdout", "import os, sys\nos.dup2(1, 2)\nprint('x')\nprint('y', file=sys.stderr)", ("ok",),
            "x\ny\n", harm="output in the wrong place"),
    Hostile("stdout onto every descriptor", "import os\nfor fd in range(3, 200): os.dup2(1, fd)\nprint('x')\n1/0",
            ("error",), None, harm="an exception that is not seen"),
    Hostile("an inherited descriptor onto stdout", """
        import os
        for fd in range(3, 200):
            try: os.dup2(fd, 1)
            except OSError: continue
            print('x')
        """, ("ok", "error"), "", harm="what it prints is taken for the supervisor's business"),
    Hostile("stdout closed as a file", "import sys\nprint('x')\nsys.stdout.close()", ("ok",), "x\n",
            harm="an end without a verdict"),
    Hostile("stdout replaced", "import io, sys\nsys.stdout = io.StringIO()\nprint('x')", ("ok",), "",
            harm="an end without a verdict"),
    Hostile("stdout gone", "import sys\nprint('x')\ndel sys.stdout, sys.__stdout__, sys.stderr", ("ok",), "x\n",
            harm="an end without a verdict"),
    Hostile("a flush that raises",
            "import sys\nclass Out:\n    def write(s, t): pass\n    def flush(s): 1/0\nsys.stdout = Out()",
            ("ok", "error"), "", harm="an end without a verdict"),
]  # fmt: skip

# Descriptors: what it inherited, and what it can do with that.

DESCRIPTORS = [
    Hostile("what is open beside the three", """
        import os
        found = []
        for fd in range(3, 1024):
            try: os.fstat(fd)
            except OSError: continue
            found.append(fd)
        print('held' if len(found) <= 1 else f'got: {found}')
        """, ("ok",), "held\n", harm="inherits a descriptor"),
    Hostile("bytes into every descriptor, to forge a result", """
        import os
        for fd in range(3, 1024):
            for forged in (b'ok\\0ok\\0ok', b'exit 27392 1\\nstart\\nok', b'{"status": "ok"}\\n', bytes(64), b'E' * 64):
                try: os.write(fd, forged)
                except OSError: pass
        raise ValueError('the truth')
        """, ("error",), "", harm="writes its own verdict"),
    Hostile("an end after forged bytes", """
        import os
        for fd in range(3, 1024):
            try: os.write(fd, b'ValueError\\0forged\\0forged')
            except OSError: pass
        print('held')
        """, ("ok",), "held\n", harm="writes its own verdict"),
    Hostile("a flood into every descriptor", """
        import os
        for fd in range(3, 64):
            try:
                os.set_blocking(fd, False)
                for _ in range(4096): os.write(fd, b'x' * 65536)
            except OSError: pass
        print('held')
        """, ("ok",), "held\n", harm="the supervisor keeps it all, or waits"),
    Hostile("a flood into every descriptor that waits", """
        import os
        for fd in range(3, 64):
            try:
                for _ in range(4096): os.write(fd, b'x' * 65536)
            except OSError: pass
        """, ("ok", "timeout", "killed"), "", harm="the supervisor keeps it all", arguments=BRIEF),
    Hostile("what others wrote into its descriptors", """
        import os, select
        read = b''
        for fd in range(3, 1024):
            try:
                os.fstat(fd)
                if select.select([fd], [], [], 0)[0]: read += os.read(fd, 65536)
            except OSError: pass
        print('held' if not read else f'got: {read[:100]}')
        """, ("ok",), "held\n", harm="reads another program's text"),
    Hostile("its standard input", "import sys\nprint(repr(sys.stdin.read()))", ("ok",), "''\n",
            harm="reads the caller's terminal"),
    Hostile("a question", "input()", ("error",), "", "EOFError", harm="reads the caller's terminal"),
    Hostile("a debugger", "breakpoint()", ("error",), None, harm="waits for the caller's terminal", needs=("imports",)),
    Hostile("a descriptor over the channel", """
        import os, socket
        sent = []
        for fd in range(3, 64):
            try:
                s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=fd)
                socket.send_fds(s, [b'x'], [1])
                sent.append(fd)
            except OSError: pass
        print('held' if not sent else f'got: {sent}')
        """, ("ok",), "held\n", harm="hands the supervisor a descriptor"),
    Hostile("the channel shut down", """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        results = [libc.shutdown(fd, 2) for fd in range(3, 64)]
        print('held' if 0 not in results else 'got: a socket')
        """, ("ok",), "held\n", harm="the supervisor loses sight of it"),
    tries("a terminal's input", "fcntl.ioctl(0, termios.TIOCSTI, b'x')", first="import fcntl, termios",
          harm="types on the caller's terminal", needs=("imports",)),
    tries("signals when a descriptor is ready", "fcntl.fcntl(0, fcntl.F_SETSIG, 9)", first="import fcntl",
          harm="the kernel sends signals", safe_unconfined=True),
    tries("a lease", "fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 2**20)", first="import fcntl",
          harm="kernel memory that nobody counts", safe_unconfined=True),
]  # fmt: skip

# Exceptions: what an ending is told by, made to lie, hang, or grow.

LIES = "its ending is taken for another one"


def raises(name: str, code: str, error: str | tuple[str, ...] | None = None, **more: Any) -> Hostile:
    """A program that an exception ends, whatever its exception does to those who look at it."""
    more.setdefault("harm", LIES)
    return Hostile(name, code, more.pop("statuses", ("error",)), more.pop("stdout", ""), error, **more)


EXCEPTIONS = [
    raises("a huge text", "raise ValueError('x' * 10**7)", "ValueError", says="xxx"),
    raises("a huge text of huge characters", "raise ValueError('\\U0001f600' * 10**6)", "ValueError"),
    raises("a huge name", "raise type('E' * 10**6, (Exception,), {})",
           harm="the report does not fit, and waits for ever", arguments=BRIEF),
    raises("a huge function name", "exec(f\"def {'f' * 10**6}(): 1/0\\n{'f' * 10**6}()\")", "ZeroDivisionError",
           arguments=BRIEF),
    raises("a huge file name", "exec(compile('1/0', '<' + 'x' * 10**6 + '>', 'exec'))", "ZeroDivisionError",
           arguments=BRIEF),
    raises("a text that raises", "class E(Exception):\n    def __str__(s): raise RuntimeError\nraise E", "E"),
    raises("a text that raises SystemExit", "class E(Exception):\n    def __str__(s): raise SystemExit\nraise E", "E"),
    raises("a text that is none", "class E(Exception):\n    def __str__(s): return 1\nraise E", "E"),
    raises("a text that raises its own", "class E(Exception):\n    def __str__(s): raise s\nraise E", "E"),
    raises("a text that recurses", "class E(Exception):\n    def __str__(s): return str(s)\nraise E", "E"),
    raises("a text that takes all memory", "class E(Exception):\n    def __str__(s): return 'x' * (3 * 2**30)\nraise E",
           "E"),
    raises("a text of surrogates", "raise ValueError(chr(0xd800) * 3 + '\\0')", "ValueError"),
    raises("a name of surrogates", "raise type('E\\udc80', (Exception,), {})"),
    raises("a text of zeros", "raise ValueError('\\0' * 1000)", "ValueError"),
    raises("a text of lines", "raise ValueError('\\n' * 1000)", "ValueError"),
    raises("a text that is another class", """
        class S(str):
            def __len__(s): return -1
            def replace(s, *a): return 5
        class E(Exception):
            def __str__(s): return S('x')
        raise E
        """),
    Hostile("a text that becomes too many bytes", """
        class S(str):
            def replace(s, *a): return s
            def encode(s, *a, **k): return b'x' * 10**8
            def __len__(s): return 1
        class E(Exception):
            def __str__(s): return S('x')
        raise E
        """, ("error", "timeout"), "", harm="the supervisor keeps it all", arguments=BRIEF),
    raises("a class without a name",
           "class M(type):\n    __name__ = property(lambda c: 1/0)\nclass E(Exception, metaclass=M): pass\nraise E",
           statuses=("error", "killed")),
    raises("a traceback that raises", "class E(Exception):\n    __traceback__ = property(lambda s: 1/0)\nraise E"),
    raises("a class that pretends to be an exit",
           "class E(Exception):\n    code = 0\n    __class__ = property(lambda s: SystemExit)\nraise E",
           statuses=("error", "killed")),
    # Its real code is None: it is an exit, and the property is never asked.
    Hostile("an exit whose code raises", "class S(SystemExit):\n    code = property(lambda s: 1/0)\nraise S", ("ok",),
            "", harm=LIES),
    raises("an exit whose code cannot be compared",
           "class C:\n    def __eq__(s, o): raise ValueError\nraise SystemExit(C())", statuses=("error", "killed")),
    raises("an exit with a number", "import sys\nsys.exit(3)", "SystemExit", says="3"),
    raises("an exit with a text", "import sys\nsys.exit('bad')", "SystemExit", says="bad"),
    raises("an exit of a subclass", "class S(SystemExit): pass\nraise S(7)", "S"),
    Hostile("a good exit of a subclass", "class S(SystemExit): pass\nprint(1)\nraise S(0)", ("ok",), "1\n", harm=LIES),
    Hostile("an exit in a thread",
            "import sys, threading\nthreading.Thread(target=sys.exit, args=(1,)).start()\nprint(1)", ("ok",), "1\n",
            harm=LIES),
    Hostile("an exit in an exit hook", "import atexit, sys\natexit.register(sys.exit, 0)\nprint(1)", ("ok", "error"),
            "1\n", harm=LIES),
    raises("an exit in an except block", "try: 1/0\nexcept ZeroDivisionError: raise SystemExit(2)", "SystemExit"),
    raises("an interrupt", "raise KeyboardInterrupt", "KeyboardInterrupt"),
    raises("the end of a generator", "def g(): yield\nraise GeneratorExit", "GeneratorExit"),
    raises("the bare base", "raise BaseException('x')", "BaseException"),
    raises("a group", "raise ExceptionGroup('two', [ValueError(1), TypeError(2)])", "ExceptionGroup"),
    raises("a nest of groups", "e = ValueError()\nfor _ in range(5000): e = ExceptionGroup('g', [e])\nraise e",
           "ExceptionGroup"),
    raises("a wide group", "raise ExceptionGroup('g', [ValueError('x' * 100)] * 10**5)", "ExceptionGroup"),
    raises("a group of exits", "raise BaseExceptionGroup('g', [SystemExit(0)])", "BaseExceptionGroup"),
    raises("a long chain",
           "e = None\nfor n in range(10**5):\n    f = ValueError(n)\n    f.__context__ = e\n    e = f\nraise e",
           "ValueError"),
    raises("a ring of causes", "a, b = ValueError(1), ValueError(2)\na.__cause__, b.__cause__ = b, a\nraise a",
           "ValueError"),
    raises("notes without end", "e = ValueError('x')\ne.__notes__ = ['n' * 10**6] * 100\nraise e", "ValueError"),
    raises("arguments that raise", "class A:\n    def __repr__(s): 1/0\nraise ValueError(A(), A())", "ValueError"),
    raises("a syntax error that it made up", "raise SyntaxError('x', ('/etc/passwd', 1, 1, 'y' * 10**6))",
           "SyntaxError"),
    raises("a syntax error without parts", "e = SyntaxError()\ne.msg = e.filename = e.lineno = object()\nraise e",
           "SyntaxError"),
    raises("a program that is no program", "x = (1", "SyntaxError"),
    raises("a null byte in the program", "print(1)\0"),
    raises("a hook for exceptions that exits",
           "import os, sys\nsys.excepthook = lambda *_: os._exit(0)\nraise ValueError('x')", "ValueError", says="x"),
    raises("an exception in a replayed block", "print(1)", "KeyError", arguments={"replay": ["{}['x']"]}),
]  # fmt: skip

# Files: reading.

FILES = [
    "/etc/passwd", "/etc/hostname", "/etc/shadow", "/proc/self/environ", "/proc/1/cmdline", "/proc/self/mem",
    "/proc/self/maps", "/proc/self/status", "/proc/cpuinfo", "/proc/net/tcp", "/proc/sys/kernel/hostname",
    "/proc/self/exe", "/sys/kernel/mm/transparent_hugepage/enabled", "/dev/mem", "/dev/tty", "/dev/urandom",
    "/dev/null", "/dev/zero", "/dev/kmsg", "/bin/sh",
]  # fmt: skip
FOLDERS = [
    "/", "/etc", "/home", "/tmp", "/proc", "/proc/self/fd", "/proc/self/task", "/dev", "/sys", "/var", "/opt", "/srv",
    "/usr/bin",
]  # fmt: skip
#: Those that anybody may open anywhere.
COMMON = {
    "/etc/passwd", "/proc/self/status", "/proc/cpuinfo", "/proc/self/maps", "/dev/urandom", "/dev/null", "/dev/zero",
    "/bin/sh", "/", "/etc", "/proc",
}  # fmt: skip

READS = [
    *(
        tries(f"open {path}", f"open({path!r}, 'rb').read(20)", ABSENT, harm=UNREADABLE, safe_unconfined=path in COMMON)
        for path in FILES
    ),
    ends("open that ends it", "open('/etc/passwd')", ("PermissionError", "FileNotFoundError"), harm=UNREADABLE,
         safe_unconfined=True),
    tries("os.open", "os.read(os.open('/etc/passwd', os.O_RDONLY), 20)", ABSENT, first="import os", harm=UNREADABLE,
          safe_unconfined=True),
    tries("a handle that cannot read", "os.fstat(os.open('/etc/passwd', os.O_PATH))", ABSENT, first="import os",
          harm="sees which files there are", needs=("namespaces",)),
    tries("a handle, opened again",
          "fd = os.open('/etc/passwd', os.O_PATH)\ngot = open(f'/proc/self/fd/{fd}').read(20)", ABSENT,
          first="import os", harm=UNREADABLE, safe_unconfined=True),
    tries("pathlib", "pathlib.Path('/etc/passwd').read_text()", ABSENT, first="import pathlib", harm=UNREADABLE,
          safe_unconfined=True),
    tries("io.open_code", "io.open_code('/etc/passwd').read(20)", ABSENT, first="import io", harm=UNREADABLE,
          safe_unconfined=True),
    tries("a loader of modules", "SourceFileLoader('x', '/etc/passwd').get_data('/etc/passwd')", ABSENT,
          first="from importlib.machinery import SourceFileLoader", harm=UNREADABLE, safe_unconfined=True),
    tries("numpy.fromfile", "np.fromfile('/etc/passwd', 'u1', 20)", ABSENT, first="import numpy as np", harm=UNREADABLE,
          safe_unconfined=True),
    tries("numpy.memmap", "bytes(np.memmap('/etc/passwd', mode='r')[:20])", ABSENT, first="import numpy as np",
          harm=UNREADABLE, safe_unconfined=True),
    tries("numpy.loadtxt", "np.loadtxt('/etc/passwd', dtype=str, delimiter='|')",
          "(PermissionError, FileNotFoundError)", first="import numpy as np", harm=UNREADABLE, safe_unconfined=True),
    Hostile("linecache", "import linecache\nprint('held' if not linecache.getlines('/etc/passwd') else 'got: lines')",
            ("ok",), "held\n", harm=UNREADABLE, safe_unconfined=True),
    tries("a program elsewhere", "runpy.run_path('/etc/passwd')", ABSENT, first="import runpy", harm=UNREADABLE,
          needs=("imports",), safe_unconfined=False),
    tries("a library elsewhere", "ctypes.CDLL('/etc/passwd')", first="import ctypes", harm=UNREADABLE),
    tries("the C library", "libc.open(b'/etc/passwd', 0) == -1 and exec('raise OSError')",
          first="import ctypes\nlibc = ctypes.CDLL(None)", harm=UNREADABLE, safe_unconfined=True),
    tries("users", "pwd.getpwuid(0).pw_name", "KeyError", first="import pwd", harm=UNREADABLE),
    tries("root's home", "os.listdir('/root')", ABSENT, first="import os", harm=UNREADABLE),
    *(
        tries(f"list {path}", f"os.listdir({path!r})", ABSENT, first="import os", harm="sees which files there are",
              safe_unconfined=path in COMMON)
        for path in FOLDERS
    ),
    tries("scan", "[e.name for e in os.scandir('/etc')]", ABSENT, first="import os", harm="sees which files there are",
          safe_unconfined=True),
    Hostile("walk",
            "import os\nn = sum(len(f) for _, _, f in os.walk('/etc'))\nprint('held' if n == 0 else f'got: {n} files')",
            ("ok",), "held\n", harm="sees which files there are", safe_unconfined=True),
    Hostile("glob", "import glob\nn = len(glob.glob('/etc/*'))\nprint('held' if n == 0 else f'got: {n} files')",
            ("ok",), "held\n", harm="sees which files there are", safe_unconfined=True),
    tries("is there /etc", "os.stat('/etc/passwd')", "FileNotFoundError", first="import os",
          harm="sees which files there are", needs=("namespaces",)),
    tries("is there process 1", "os.stat('/proc/1')", "FileNotFoundError", first="import os",
          harm="sees the process table", needs=("namespaces",)),
    tries("is there a device", "os.stat('/dev/null')", "FileNotFoundError", first="import os", harm="sees devices",
          needs=("namespaces",)),
    tries("where it lies", "os.readlink('/proc/self/exe')", "FileNotFoundError", first="import os", harm="sees a path",
          needs=("namespaces",)),
    tries("the root of its parent", "os.stat(f'/proc/{os.getppid()}/root/etc/passwd')", first="import os",
          harm="another process's root is a way out"),
    Hostile("links of other processes", """
        import os
        found = []
        for pid in range(1, 5000):
            for name in ('exe', 'cwd', 'root', 'fd/0', 'fd/1'):
                if pid == os.getpid(): continue
                try: found.append(os.readlink(f'/proc/{pid}/{name}'))
                except OSError: pass
        print('held' if not found else f'got: {found[:5]}')
        """, ("ok",), "held\n", harm="sees what other processes do", needs=("landlock",)),
    # Where /proc can be seen, Landlock lets a program open its own pipes again: it gets nothing but its own output.
    tries("its own pipe, opened again", "os.open('/proc/self/fd/1', os.O_RDONLY | os.O_NONBLOCK)", ABSENT,
          first="import os", harm="reads what others read", needs=("namespaces",)),
    tries("around by dots", "open('../../../../../../../../etc/passwd').read(20)", ABSENT, harm=UNREADABLE,
          safe_unconfined=True),
    tries("around by its root", "open('/proc/self/root/etc/passwd').read(20)", ABSENT, harm=UNREADABLE,
          safe_unconfined=True),
    tries("around by its libraries",
          "open(os.path.dirname(os.__file__) + '/../../../../../../../../etc/passwd').read(20)", ABSENT,
          first="import os", harm=UNREADABLE, safe_unconfined=True),
    tries("around by a folder's descriptor",
          "os.open('../../../../../../../../etc/passwd', 0, dir_fd=os.open(os.path.dirname(os.__file__), os.O_RDONLY))",
          ABSENT, first="import os", harm=UNREADABLE, safe_unconfined=True),
    tries("another root", "os.chroot('/')", "PermissionError", first="import os", harm="another root"),
    tries("another folder", "os.chdir('/etc')", ABSENT, first="import os", harm="moves about", safe_unconfined=True),
    tries("a folder by its descriptor", "os.fchdir(os.open('/', os.O_RDONLY))", ABSENT, first="import os",
          harm="moves about", safe_unconfined=True),
    tries("a database elsewhere",
          "import sqlite3\ngot = sqlite3.connect('/etc/passwd').execute('select 1 from sqlite_master').fetchall()",
          "Exception", harm=UNREADABLE, needs=("imports",)),
    Hostile("the environment",
            f"import os\nprint('got' if any({SECRET!r} in v for v in os.environ.values()) else 'held')",
            ("ok",), "held\n", harm="sees the caller's secrets"),
    Hostile("the environment of the C library", """
        import ctypes
        libc = ctypes.CDLL(None)
        libc.getenv.restype = ctypes.c_char_p
        print('held' if libc.getenv(b'RAYMATH_HOSTILE_SECRET') is None else 'got')
        """, ("ok",), "held\n", harm="sees the caller's secrets"),
    Hostile("its arguments", "import sys\nprint(sys.argv, sys.orig_argv)", ("ok",), "[''] ['']\n",
            harm="sees the caller's arguments"),
    Hostile("the machine's name", "import os\nprint('held' if os.uname().nodename == 'sandbox' else 'got: a name')",
            ("ok",), "held\n", harm="learns where it runs", needs=("namespaces",)),
]  # fmt: skip

# Files: writing.

TEMPFILE = "import tempfile\ntempfile.tempdir = '/tmp'"

WRITE = [
    *(
        tries(
            f"a file in {folder}",
            f"path = {folder + '/' + MARK!r}\nopen(path, 'x').close()\nos.remove(path)\ngot = path",
            first="import os", harm=WRITES, safe_unconfined=folder in ("/tmp", "/var/tmp"),
        )
        for folder in (".", "/tmp", "/dev/shm", "/var/tmp", "/root", "/home")
    ),
    ends("a file that ends it", f"open('/tmp/{MARK}-ends', 'w')\nimport os\nos.remove('/tmp/{MARK}-ends')\nprint('on')",
         ("PermissionError", "FileNotFoundError", "OSError"), harm=WRITES, safe_unconfined=True),
    tries("a file among the libraries",
          f"path = os.path.dirname(os.__file__) + '/{MARK}.py'\nopen(path, 'x').close()\nos.remove(path)\ngot = path",
          first="import os", harm="changes Python itself"),
    tries("a file beside sympy",
          f"path = os.path.dirname(sympy.__file__) + '/{MARK}'\nopen(path, 'x').close()\nos.remove(path)\ngot = path",
          first="import os, sympy", harm="changes sympy for others"),
    tries("a library opened for writing", "open(os.__file__, 'r+').name", first="import os",
          harm="changes Python itself"),
    tries("a library made writable", "os.chmod(os.__file__, 0o666)", "PermissionError", first="import os",
          harm="changes Python itself", safe_unconfined=False),
    tries("a file of the C library", "libc.creat(b'/tmp/" + MARK + "-c', 384) == -1 and exec('raise OSError')",
          first="import ctypes\nlibc = ctypes.CDLL(None)", harm=WRITES),
    tries("a temporary file", "tempfile.TemporaryFile()", first=TEMPFILE, harm=WRITES, safe_unconfined=True),
    tries("a temporary folder", f"tempfile.TemporaryDirectory(prefix={MARK!r})", first=TEMPFILE, harm=WRITES,
          safe_unconfined=True),
    tries("a file without a name", "os.open('/tmp', os.O_TMPFILE | os.O_RDWR)", first="import os", harm=WRITES,
          safe_unconfined=False),
    tries("a folder", f"path = '/tmp/{MARK}-d'\nos.mkdir(path)\nos.rmdir(path)\ngot = path", "PermissionError",
          first="import os", harm=WRITES, safe_unconfined=True),
    tries("a link", f"path = '/tmp/{MARK}-l'\nos.symlink('/', path)\nos.remove(path)\ngot = path", "PermissionError",
          first="import os", harm=WRITES, safe_unconfined=True),
    tries("a hard link", f"path = '/tmp/{MARK}-h'\nos.link('/etc/passwd', path)\nos.remove(path)\ngot = path",
          "PermissionError", first="import os", harm=WRITES),
    tries("a fifo", f"path = '/tmp/{MARK}-f'\nos.mkfifo(path)\nos.remove(path)\ngot = path", "PermissionError",
          first="import os", harm=WRITES, safe_unconfined=True),
    tries("a device",
          f"path = '/tmp/{MARK}-n'\nos.mknod(path, stat.S_IFCHR, os.makedev(1, 3))\nos.remove(path)\ngot = path",
          "PermissionError", first="import os, stat", harm="a device of its own"),
    tries("another name", f"os.rename('/tmp/{MARK}-absent', '/tmp/{MARK}-other')", "PermissionError", first="import os",
          harm="renames files", safe_unconfined=True),
    tries("nothing instead", f"os.remove('/tmp/{MARK}-absent')", "PermissionError", first="import os",
          harm="removes files", safe_unconfined=True),
    tries("no folder any more", f"os.rmdir('/tmp/{MARK}-absent')", "PermissionError", first="import os",
          harm="removes folders", safe_unconfined=True),
    tries("a shorter file", f"os.truncate('/tmp/{MARK}-absent', 0)", "PermissionError", first="import os",
          harm="empties files", safe_unconfined=True),
    tries("another time", f"os.utime('/tmp/{MARK}-absent')", "PermissionError", first="import os", harm="changes files",
          safe_unconfined=True),
    tries("another owner", f"os.chown('/tmp/{MARK}-absent', 0, 0)", "PermissionError", first="import os",
          harm="changes files", safe_unconfined=True),
    tries("an attribute", f"os.setxattr('/tmp/{MARK}-absent', 'user.x', b'x')", "PermissionError", first="import os",
          harm="changes files", safe_unconfined=True),
    tries("shared memory", f"""
        from multiprocessing import shared_memory as m
        s = m.SharedMemory({MARK!r}, create=True, size=1)
        s.close()
        s.unlink()
        got = s
        """, "(OSError, ImportError)", harm=WRITES, needs=("imports",)),
    tries("a named semaphore", "multiprocessing.Lock()", "(OSError, ImportError)", first="import multiprocessing",
          harm=WRITES, needs=("imports",)),
    tries("a database", f"import sqlite3\ngot = sqlite3.connect('/tmp/{MARK}.db').execute('create table t (x)')",
          "Exception", harm=WRITES, needs=("imports",)),
    tries("numpy.save", f"np.save('/tmp/{MARK}', np.arange(3))", first="import numpy as np", harm=WRITES),
    Hostile("numpy.save into its folder", f"import numpy as np\nnp.save({MARK!r}, np.arange(3))", ("error",), "",
            harm=WRITES),
    tries("a file that is written by its descriptor",
          f"os.write(os.open('/tmp/{MARK}', os.O_CREAT | os.O_WRONLY), b'x')", first="import os", harm=WRITES),
]  # fmt: skip

# Network.

FAMILIES = {
    "AF_INET": (2, "STREAM"), "AF_INET6": (10, "STREAM"), "AF_UNIX": (1, "STREAM"), "AF_NETLINK": (16, "RAW"),
    "AF_PACKET": (17, "RAW"), "AF_VSOCK": (40, "STREAM"), "AF_ALG": (38, "SEQPACKET"), "AF_BLUETOOTH": (31, "RAW"),
    "AF_CAN": (29, "RAW"), "AF_TIPC": (30, "STREAM"), "AF_XDP": (44, "RAW"), "AF_KEY": (15, "RAW"),
}  # fmt: skip

NETWORKS = [
    *(
        tries(f"socket {name}", f"socket.socket({number}, socket.SOCK_{kind})", "PermissionError",
              first="import socket", harm=NETWORK, safe_unconfined=name in ("AF_INET", "AF_UNIX", "AF_NETLINK"))
        for name, (number, kind) in FAMILIES.items()
    ),
    tries("datagrams", "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "PermissionError", first="import socket",
          harm=NETWORK, safe_unconfined=True),
    tries("a pair of sockets", "socket.socketpair()", "PermissionError", first="import socket", harm=NETWORK,
          safe_unconfined=True),
    tries("a socket with an abstract name",
          f"s = socket.socket(socket.AF_UNIX)\ns.bind(b'\\0{MARK}')\ngot = s.getsockname()", first="import socket",
          harm="others can find it", safe_unconfined=True),
    tries("a server", "s = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.listen()\ngot = s.getsockname()",
          first="import socket", harm=NETWORK, safe_unconfined=True),
    tries("a server in one call", "socket.create_server(('127.0.0.1', 0))", first="import socket", harm=NETWORK,
          safe_unconfined=True),
    tries("a connection", "socket.create_connection(('127.0.0.1', 9), timeout=1)", "PermissionError",
          first="import socket", harm=NETWORK, safe_unconfined=False),
    tries("a name", "socket.getaddrinfo('localhost', 80)", first="import socket", harm="asks a name server"),
    ends("a socket that ends it", "import socket\nsocket.socket()\nprint('on')", "PermissionError", harm=NETWORK,
         safe_unconfined=True),
    tries("an address", "import urllib.request\ngot = urllib.request.urlopen('http://127.0.0.1:9/', timeout=1)",
          "(OSError, ImportError)", harm=NETWORK, needs=("imports",)),
    tries("a file by its address", "import urllib.request\ngot = urllib.request.urlopen('file:///etc/passwd').read(20)",
          "(OSError, ImportError)", harm=UNREADABLE, needs=("imports",), safe_unconfined=True),
    tries("names of interfaces", "socket.if_nameindex()", first="import socket", harm="sees the network",
          safe_unconfined=True),
    call("socket", 41, 2, 1, 0, harm=NETWORK, safe_unconfined=True),
    call("socketpair", 53, 1, 1, 0, "(ctypes.c_int * 2)()", harm=NETWORK, safe_unconfined=True),
    call("connect", 42, -1, "None", 0, harm=NETWORK, safe_unconfined=True),
    call("bind", 49, -1, "None", 0, harm=NETWORK, safe_unconfined=True),
    call("sendto", 44, -1, "None", 0, 0, "None", 0, harm=NETWORK, safe_unconfined=True),
    call("sendmsg", 46, -1, "None", 0, harm="sends descriptors", safe_unconfined=True),
    call("recvmsg", 47, -1, "None", 0, harm="receives descriptors", safe_unconfined=True),
    call("sendmmsg", 307, -1, "None", 0, 0, harm="sends descriptors", safe_unconfined=True),
]  # fmt: skip

# System calls by number: arguments are such that the kernel does nothing, whoever asks.

CALLS = [
    # Other processes.
    call("ptrace: be traced", 101, 0, 0, 0, 0),
    call("ptrace: attach", 101, 16, -1, 0, 0),
    call("ptrace: seize", 101, 0x4206, -1, 0, 0),
    call("process_vm_readv", 310, "os.getpid()", "None", 0, "None", 0, 0, safe_unconfined=True),
    call("process_vm_writev", 311, "os.getpid()", "None", 0, "None", 0, 0, safe_unconfined=True),
    call("process_madvise", 440, -1, "None", 0, 0, 0),
    call("pidfd_open", 434, "os.getpid()", 0, safe_unconfined=True),
    call("pidfd_getfd", 438, -1, 0, 0),
    call("kcmp", 312, "os.getpid()", "os.getpid()", 0, 0, 0),
    call("migrate_pages", 256, -1, 0, "None", "None"),
    call("move_pages", 279, -1, 0, "None", "None", "None", 0),
    call("setpgid", 109, 0, 0),
    call("setsid", 112),
    call("wait4 of others", 61, -1, "None", 1, "None"),
    # Namespaces and mounts.
    call("unshare", 272, 0),
    call("unshare: user namespace", 272, 0x10000000),
    call("setns", 308, -1, 0),
    call("mount", 165, "None", "None", "None", 0, "None"),
    call("umount2", 166, "b'/raymath-hostile-absent'", 0),
    call("pivot_root", 155, "b'/raymath-hostile-absent'", "b'/raymath-hostile-absent'"),
    call("chroot", 161, "b'/raymath-hostile-absent'"),
    call("chdir", 80, "b'/'", safe_unconfined=True),
    call("open_tree", 428, -1, "b''", 0),
    call("move_mount", 429, -1, "b''", -1, "b''", 0),
    call("fsopen", 430, "b'raymath-hostile'", 0),
    call("fsmount", 432, -1, 0, 0),
    call("fspick", 433, -1, "b''", 0),
    call("mount_setattr", 442, -1, "b''", 0, "None", 0),
    call("open_by_handle_at", 304, -1, "None", 0),
    call("name_to_handle_at", 303, -100, "b'/'", "None", "None", 0),
    call("quotactl", 179, -1, "None", 0, "None"),
    call("swapon", 167, "b'/raymath-hostile-absent'", 0),
    call("swapoff", 168, "b'/raymath-hostile-absent'"),
    call("acct", 163, "b'/raymath-hostile-absent'"),
    call("fanotify_init", 300, -1, 0),
    # Who it is, and what it may.
    call("setuid", 105, "os.getuid()", safe_unconfined=True),
    call("setgid", 106, "os.getgid()", safe_unconfined=True),
    call("setreuid", 113, -1, -1, safe_unconfined=True),
    call("setresuid", 117, -1, -1, -1, safe_unconfined=True),
    call("setresgid", 119, -1, -1, -1, safe_unconfined=True),
    call("setfsuid", 122, -1),
    call("setgroups", 116, -1, "None"),
    call("capset", 126, "None", "None", safe_unconfined=True),
    call("prctl: dumpable", 157, 4, 1, 0, 0, 0),
    call("prctl: signal at the parent's death", 157, 1, 0, 0, 0, 0, safe_unconfined=True),
    call("prctl: name", 157, 15, "b'x'", 0, 0, 0, safe_unconfined=True),
    call("prctl: its limits on tracing", 157, 0x59616D61, 0, 0, 0, 0),
    call("prctl: no new privileges", 157, 39, 0, 0, 0, 0, safe_unconfined=True),
    call("prctl: reaper of others", 157, 36, 1, 0, 0, 0, safe_unconfined=True),
    call("seccomp", 317, 2, 0, "None", safe_unconfined=True),
    call("landlock_create_ruleset", 444, "None", 0, 1),
    call("landlock_restrict_self", 446, -1, 0),
    call("setrlimit", 160, 9999, "None", safe_unconfined=True),
    call("prlimit64 of itself", 302, 0, 7, "(ctypes.c_uint64 * 2)(64, 64)", "None", safe_unconfined=True),
    call("prlimit64 of its parent", 302, "os.getppid()", 7, "None", "(ctypes.c_uint64 * 2)()"),
    call("setpriority", 141, 0, 0, 19, safe_unconfined=True),
    call("sched_setscheduler", 144, 0, 3, "(ctypes.c_int * 1)(0)", safe_unconfined=True),
    call("sched_setparam", 142, 0, "None", safe_unconfined=True),
    call("sched_setattr", 314, 0, "None", 0, safe_unconfined=True),
    call("ioprio_set", 251, 9, 0, 0),
    call("personality", 135, 0xFFFFFFFF, safe_unconfined=True),
    call("add_key", 248, "None", "None", "None", 0, 0),
    call("request_key", 249, "None", "None", "None", 0),
    call("keyctl", 250, 0, -3, 0),
    # The kernel's larger doors.
    call("bpf", 321, -1, "None", 0),
    call("perf_event_open", 298, "None", 0, -1, -1, 0),
    call("userfaultfd", 323, 1),
    call("io_uring_setup", 425, 1, "None"),
    call("io_uring_enter", 426, -1, 0, 0, 0, "None", 0),
    call("io_uring_register", 427, -1, 0, "None", 0),
    call("io_setup", 206, 0, "None"),
    call("memfd_create", 319, "b'x'", 0, safe_unconfined=True),
    call("memfd_secret", 447, 0),
    call("modify_ldt", 154, 0, "None", 0),
    call("vmsplice", 278, -1, "None", 0, 0),
    call("splice", 275, -1, "None", -1, "None", 0, 0),
    call("mlock", 149, "None", 0),
    call("mlockall", 151, 0),
    call("mbind", 237, "None", 0, 0, "None", 0, 0),
    call("remap_file_pages", 216, "None", 0, 0, 0, 0),
    call("pkey_alloc", 330, -1, 0),
    call("timer_create", 222, -1, "None", "None", safe_unconfined=True),
    # Objects that outlive it.
    call("shmget", 29, 0, 0, 0o1600, safe_unconfined=True),
    call("shmat", 30, -1, "None", 0),
    call("msgget", 68, 0x7261796D, 0, safe_unconfined=True),
    call("semget", 64, 0x7261796D, 0, 0, safe_unconfined=True),
    call("mq_open", 240, "None", 0, 0, "None"),
    # The machine.
    call("reboot", 169, 0, 0, 0, "None"),
    call("kexec_load", 246, 0, 0, "None", -1),
    call("kexec_file_load", 320, -1, -1, 0, "None", -1),
    call("init_module", 175, "None", 0, "None"),
    call("finit_module", 313, -1, "None", 0),
    call("delete_module", 176, "None", 0),
    call("sethostname", 170, "None", -1),
    call("setdomainname", 171, "None", -1),
    call("settimeofday", 164, "None", "None"),
    call("clock_settime", 227, 9999, "None"),
    call("adjtimex", 159, "None"),
    call("iopl", 172, 0),
    call("ioperm", 173, 0, 0, 0),
    call("syslog", 103, 10, "None", 0),
    # A number that is none.
    call("number 999", 999),
]  # fmt: skip

# Calls of other architectures: machine code in a page that may be run. Its numbers mean other calls, so they end it.

MACHINE_CODE = """
import ctypes, mmap
print('x')
try: page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
except OSError:
    print('held')
    raise SystemExit
page.write({code!r})
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
print('got:', ctypes.CFUNCTYPE(ctypes.c_int)(address)())
"""
WRONG_ABI = "a call that the filter takes for another one"


def machine_code(name: str, code: bytes) -> Hostile:
    """A program that runs machine code for x86-64."""
    outputs = ("x\n", "x\nheld\n")
    return Hostile(name, MACHINE_CODE.format(code=code), ("killed", "ok"), outputs, harm=WRONG_ABI, needs=("x86_64",))


ABI = [
    machine_code("i386: getpid", b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"),
    machine_code("i386: fork", b"\xb8\x02\x00\x00\x00\xcd\x80\x85\xc0\x75\x09\xb8\x01\x00\x00\x00\x31\xdb\xcd\x80\xc3"),
    machine_code("i386: socketcall", b"\xb8\x66\x00\x00\x00\x31\xdb\xcd\x80\xc3"),
    *(
        Hostile(
            f"x32: {name}",
            f"import ctypes\nprint('x')\nprint('got:', ctypes.CDLL(None).syscall({number} | 0x40000000, {rest}))",
            ("killed",), "x\n", says="SIGSYS", harm=WRONG_ABI, needs=("x86_64",), safe_unconfined=name == "getpid",
        )
        for name, number, rest in (
            ("getpid", 39, 0), ("socket", 41, "2, 1, 0"), ("ptrace", 521, "0, 0, 0, 0"), ("execve", 520, "0, 0, 0"),
            ("open", 2, "b'/etc/passwd', 0"),
        )
    ),
    Hostile("system call -1", "import ctypes\nprint('x')\nprint('got:', ctypes.CDLL(None).syscall(ctypes.c_long(-1)))",
            ("killed", "ok"), ("x\n", "x\ngot: -1\n"), harm=WRONG_ABI, needs=("x86_64",)),
    call("kill with the upper half set", 62, "ctypes.c_long(os.getppid() | 1 << 32)", 0,
         harm="an argument that the filter cuts"),
    call("prlimit64 with the upper half set", 302, "ctypes.c_long(1 << 32)", 7, "(ctypes.c_uint64 * 2)(64, 64)", "None",
         harm="an argument that the filter cuts"),
    Hostile("clone with the upper half set", """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        pid = libc.syscall(56, ctypes.c_long(17 | 1 << 32), 0, 0, 0, 0)
        if pid == 0: os._exit(0)
        print('held' if (pid, ctypes.get_errno()) == (-1, 1) else f'got: {pid}')
        """, ("ok",), "held\n", harm="an argument that the filter cuts", needs=("x86_64",)),
]  # fmt: skip

# Limits and rights.

RIGHTS = [
    tries("more address space", "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "(OSError, ValueError)",
          first="import resource", harm="lifts its limit"),
    tries("more address space by prlimit", "resource.prlimit(0, resource.RLIMIT_AS, (-1, -1))", "(OSError, ValueError)",
          first="import resource", harm="lifts its limit"),
    tries("limits of its parent", "resource.prlimit(os.getppid(), resource.RLIMIT_AS)", "(OSError, ValueError)",
          first="import os, resource", harm="changes the supervisor's limits"),
    tries("files of any size", "resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))", "(OSError, ValueError)",
          first="import resource", harm="lifts its limit"),
    tries("more descriptors", "resource.setrlimit(resource.RLIMIT_NOFILE, (10**6, 10**6))", "(OSError, ValueError)",
          first="import resource", harm="lifts its limit"),
    tries("core files", "resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))", "(OSError, ValueError)",
          first="import resource", harm="leaves core files"),
    Hostile("no core files", """
        import resource
        core = resource.getrlimit(resource.RLIMIT_CORE)
        print('held' if core == (0, 0) else f'got: {core}')
        """, ("ok",), "held\n", harm="leaves core files"),
    tries("many descriptors", """
        kept = []
        for _ in range(5000): kept += os.pipe()
        got = len(kept)
        """, first="import os", harm="takes all descriptors of the machine"),
    tries("nice", "os.nice(1)", "PermissionError", first="import os", harm="chooses its own priority",
          safe_unconfined=True),
    tries("priority", "os.setpriority(os.PRIO_PROCESS, 0, 5)", "PermissionError", first="import os",
          harm="chooses its own priority", safe_unconfined=True),
    tries("scheduling", "os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))", "PermissionError",
          first="import os", harm="chooses its own priority", safe_unconfined=True),
    tries("real time", "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))", "PermissionError",
          first="import os", harm="takes the CPU from all others"),
    Hostile("affinity",
            "import os\ntry: os.sched_setaffinity(0, os.sched_getaffinity(0))\nexcept OSError: pass\nprint('held')",
            ("ok",), "held\n", harm="dies of it"),
    tries("another user", "os.setuid(os.getuid() + 1)", "PermissionError", first="import os",
          harm="another user's rights"),
    tries("another group", "os.setgid(os.getgid() + 1)", "PermissionError", first="import os",
          harm="another group's rights"),
    tries("other groups", "os.setgroups([])", "PermissionError", first="import os", harm="another group's rights"),
    tries("the clock", "time.clock_settime(time.CLOCK_REALTIME, -1)", "(OSError, OverflowError)", first="import time",
          harm="changes the time of the machine"),
    Hostile("no capability and no way to one", """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        data = (ctypes.c_uint32 * 6)()
        result = libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), data)
        print('held' if result == -1 or not any(data) else f'got: {list(data)}')
        """, ("ok",), "held\n", harm="has the administrator's rights"),
    tries("a file in memory", "os.memfd_create('x')", "PermissionError", first="import os",
          harm="memory that nobody counts", safe_unconfined=True),
]  # fmt: skip

# The interpreter: broken on purpose, before the verdict is found.

TRUTH: tuple[Status, ...] = ("error", "killed")
BREAKS = "the verdict is found with the program's own tools"


def breaks(name: str, code: str, statuses: Sequence[Status] = ("ok",), stdout: str | None = "", **more: Any) -> Hostile:
    """A program that breaks what it can reach of its interpreter."""
    return Hostile(name, code, tuple(statuses), stdout, harm=BREAKS, **more)


INTERPRETER = [
    breaks("builtins gone", "import builtins\nbuiltins.print = builtins.str = builtins.len = None"),
    breaks("all builtins gone", "import builtins\nput = setattr\nfor n in dir(builtins): put(builtins, n, None)",
           ("ok", *TRUTH)),
    breaks("no exception is one",
           "import builtins\nbuiltins.BaseException = builtins.Exception = ValueError\nraise KeyError", TRUTH),
    breaks("everything is an instance",
           "import builtins\nbuiltins.isinstance = lambda *_: True\nclass E(Exception): code = 0\nraise E", TRUTH),
    breaks("type lies", "import builtins\nbuiltins.type = lambda *_: int\nraise ValueError('x')", TRUTH),
    breaks("no modules", "import sys\nprint('x')\nsys.modules.clear()", stdout="x\n"),
    breaks("modules are none", "import sys\nfor n in list(sys.modules): sys.modules[n] = None\nprint('x')",
           stdout="x\n"),
    breaks("modules are liars", """
        import sys
        class L:
            def __getattr__(s, n): return lambda *a, **k: 0
        for n in list(sys.modules): sys.modules[n] = L()
        raise ValueError
        """, TRUTH),
    breaks("os lies", """
        import os
        os._exit = lambda c: None
        os.write = lambda *a: 10**9
        os.getpid = lambda: 1
        raise ValueError('x')
        """, TRUTH),
    breaks("os lies about a good end",
           "import os\nos._exit = os.close = os.write = os.getpid = lambda *a: None\nprint('x')", ("ok", *TRUTH),
           "x\n"),
    breaks("os lies, and its exit raises",
           "import os\nos._exit = lambda c: None\nclass S(SystemExit): code = property(lambda s: 1/0)\nraise S",
           ("ok", *TRUTH, "timeout"), arguments=BRIEF),
    breaks("modules of the sandbox", """
        import sys
        print([name for name in sys.modules if 'raymath' in name])
        for name, module in list(sys.modules.items()):
            if 'raymath' in name:
                for key, value in list(vars(module).items()):
                    if callable(value): setattr(module, key, lambda *a, **k: None)
        raise ValueError
        """, TRUTH, None),
    breaks("every number above it is another", """
        import sys
        frame = sys._getframe().f_back
        while frame:
            space = frame.f_globals
            for key in list(space):
                if type(space[key]) is int: space[key] = space.get('DONE', 0)
            frame = frame.f_back
        raise ValueError
        """, (*TRUTH, "timeout"), arguments=BRIEF),
    breaks("the verdict above it is another", """
        import ctypes, sys
        frame = sys._getframe().f_back
        while frame:
            for name in list(frame.f_locals):
                if callable(frame.f_locals[name]): frame.f_locals[name] = lambda *a, **k: None
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
            frame = frame.f_back
        raise ValueError
        """, (*TRUTH, "timeout"), arguments=BRIEF),
    breaks("functions found by the collector", """
        import gc, os, types
        gc.unfreeze()
        for f in gc.get_objects():
            if isinstance(f, types.FunctionType) and 'raymath' in f.__globals__.get('__name__', ''):
                f.__code__ = (lambda *a, **k: None).__code__
        raise ValueError
        """, (*TRUTH, "timeout"), arguments=BRIEF),
    breaks("everything in memory emptied", """
        import gc
        gc.unfreeze()
        for o in gc.get_objects():
            if type(o) in (dict, list): o.clear()
        raise ValueError
        """, (*TRUTH, "timeout"), arguments=BRIEF),
    breaks("the collector", """
        import gc
        gc.disable()
        gc.set_threshold(1, 1, 1)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.callbacks.append(lambda *_: 1/0)
        gc.enable()
        for _ in range(100): a = []; a.append(a)
        print('x')
        """, stdout="x\n"),
    breaks("frames above it", """
        import sys
        frame = sys._getframe().f_back
        while frame:
            for name in list(frame.f_globals):
                if not name.startswith('__') and callable(frame.f_globals[name]):
                    frame.f_globals[name] = lambda *a, **k: None
            frame = frame.f_back
        raise ValueError
        """, (*TRUTH, "timeout"), arguments=BRIEF),
    breaks("frames above it, traced", """
        import sys
        def trace(frame, event, value):
            if event == 'line':
                try: frame.f_lineno = frame.f_lineno + 1
                except ValueError: pass
            return trace
        sys.settrace(trace)
        frame = sys._getframe().f_back
        while frame:
            frame.f_trace = trace
            frame = frame.f_back
        """, ("ok", *TRUTH, "timeout"), arguments=BRIEF),
    breaks("a trace that raises", "import sys\nsys.settrace(lambda *_: 1/0)", ("ok", *TRUTH)),
    breaks("a profile that raises", "import sys\nsys.setprofile(lambda *_: 1/0)\nlen('')", ("error",)),
    breaks("a trace in threads", """
        import threading
        threading.settrace(lambda *_: 1/0)
        t = threading.Thread(target=int)
        t.start()
        t.join(1)
        print('x')
        """, ("ok", *TRUTH, "timeout"), None, arguments={"timeout_s": 3}),
    breaks("an audit hook that raises",
           "import sys\ndef hook(*_): raise RuntimeError\nsys.addaudithook(hook)\nopen('x')", ("error",)),
    breaks("an audit hook that exits", "import os, sys\nsys.addaudithook(lambda *_: os._exit(0))\nopen('x')",
           ("killed",)),
    breaks("exit hooks", "import atexit\natexit.register(print, 'bye')\nprint('hi')", stdout="hi\nbye\n"),
    breaks("an exit hook that raises", "import atexit\natexit.register(lambda: 1/0)\nprint('hi')", ("ok", "error"),
           "hi\n"),
    breaks("an exit hook that adds itself", "import atexit\ndef f(): atexit.register(f)\nf()\nprint('hi')",
           ("ok", "timeout"), "hi\n", arguments=BRIEF),
    breaks("no exit hooks", "import atexit\natexit._run_exitfuncs = None\natexit._clear()\nprint('hi')",
           ("ok", "error"), "hi\n"),
    breaks("threads that are none", "import threading\nthreading._shutdown = lambda: 1/0\nprint('hi')", ("ok", "error"),
           "hi\n"),
    breaks("contexts that swallow all", "import contextlib\ncontextlib.suppress = lambda *_: None\nprint('hi')",
           ("ok", "error"), "hi\n"),
    breaks("a destructor at the end", "class A:\n    def __del__(s):\n        while True: pass\na = A()\nprint('hi')",
           ("ok", "timeout"), "hi\n", arguments=BRIEF),
    breaks("a destructor that exits", "import os\nclass A:\n    def __del__(s): os._exit(0)\na = A()\nprint('hi')",
           ("ok", "killed"), "hi\n"),
    breaks("no path", "import sys\nsys.path.clear()\nsys.meta_path.clear()\nsys.path_hooks.clear()\nprint('hi')",
           stdout="hi\n"),
    breaks("another import", "import builtins\nbuiltins.__import__ = lambda *a, **k: None\nimport sympy\nprint(sympy)",
           stdout="None\n"),
    tries("the guard of imports removed", "import pydantic\ngot = pydantic", "(ImportError, OSError)",
          first="import sys\nsys.meta_path[:] = [f for f in sys.meta_path if isinstance(f, type)]",
          harm="runs any library", safe_unconfined=True),
    tries("a library that is not for programs", "import torch\ngot = torch", "ModuleNotFoundError",
          harm="runs any library"),
    Hostile("a library that is not for programs ends it", "import requests", ("error",), "", "ModuleNotFoundError",
            says="requests", harm="runs any library"),
    tries("the sandbox's own parts", "from raymath.sandbox import engine\ngot = engine", "ImportError",
          harm="reads the supervisor's code"),
    breaks("the interpreter's end", "import ctypes\nctypes.pythonapi.Py_FinalizeEx()\nprint('on')", (*TRUTH, "timeout"),
           None, arguments=BRIEF),
    breaks("small numbers", "import ctypes\nctypes.memset(id(5) + 24, 0, 4)", ("ok", *TRUTH, "timeout"),
           arguments=BRIEF),
    breaks("its own type", "import ctypes\nctypes.memset(id(dict), 0, 400)\nprint({})", (*TRUTH, "timeout"),
           arguments=BRIEF),
]  # fmt: skip

# Other programs: what an earlier one said, did or left, and what of the supervisor can be seen from inside.

EARLIER = "marker = 'said-by-the-earlier:4711'\nprint(marker)\nkeep = [marker * 2 for _ in range(1000)]"
SEES = "sees another program"

OTHERS = [
    Hostile("what an earlier program said, among all objects", """
        import gc, re, sys
        pattern = '-'.join(['said', 'by', 'the', 'earlier']) + ':[0-9]+'
        text, data = re.compile(pattern), re.compile(pattern.encode())
        gc.unfreeze()
        found = 0
        for o in gc.get_objects():
            for r in gc.get_referents(o):
                if type(r) is str: found += bool(text.search(r))
                elif type(r) in (bytes, bytearray, memoryview): found += bool(data.search(bytes(r)))
        frame = sys._getframe()
        while frame:
            found += sum(bool(text.search(v)) for v in frame.f_locals.values() if type(v) is str)
            frame = frame.f_back
        print('held' if not found else f'got: {found}')
        """, ("ok",), "held\n", harm=SEES, before=EARLIER),
    Hostile("what an earlier program said, in memory", """
        import ctypes, os, re
        pattern = re.compile(b'-'.join([b'said', b'by', b'the', b'earlier']) + b':[0-9]{4}')
        libc = ctypes.CDLL(None)
        libc.sbrk.restype = ctypes.c_void_p
        r, w = os.pipe()
        found = pages = 0
        for top in (libc.sbrk(0), id(object()) & ~4095, id(pattern) & ~4095):
            for page in range(top - 4096, top - 2**24, -4096):
                if libc.write(w, ctypes.c_void_p(page), 4096) != 4096: continue
                found += bool(pattern.search(os.read(r, 4096)))
                pages += 1
        print('held' if pages and not found else f'got: {found} of {pages}')
        """, ("ok",), "held\n", harm=SEES, before=EARLIER),
    Hostile("what an earlier program said, in memory that numpy did not empty", """
        import re
        import numpy as np
        pattern = re.compile(b'-'.join([b'said', b'by', b'the', b'earlier']) + b':[0-9]{4}')
        found = 0
        for size in [2**n for n in range(6, 24)] * 4:
            found += bool(pattern.search(np.empty(size, 'u1').tobytes()))
        print('held' if not found else f'got: {found}')
        """, ("ok",), "held\n", harm=SEES, before="import numpy as np\n" + EARLIER),
    Hostile("state of modules", """
        import builtins, math, sys
        print(hasattr(builtins, 'leak'), math.pi > 3, 'leak' in sys.modules, sys.getrecursionlimit())
        """, ("ok",), "False True False 1000\n", harm=SEES, before="""
        import builtins, math, sys
        builtins.leak = 1
        math.pi = 3
        sys.modules['leak'] = sys
        sys.setrecursionlimit(5000)
        """),
    Hostile("sympy, broken by an earlier program",
            "from sympy import *\nx = symbols('x')\nprint(sqrt(8), solve(x**2 - 4), sin(0))", ("ok",),
            "2*sqrt(2) [-2, 2] 0\n", harm=SEES, before="""
        import sympy
        from sympy.core.cache import clear_cache
        sympy.sin.eval = classmethod(lambda c, x: sympy.Integer(7))
        sympy.sqrt = sympy.solve = None
        clear_cache()
        sympy.core.numbers.Integer.__add__ = None
        """),
    Hostile("sympy's caches, poisoned by an earlier program",
            "from sympy import *\nprint(sqrt(2) + sqrt(2), expand((sqrt(2) + 1)**2))", ("ok",),
            "2*sqrt(2) 2*sqrt(2) + 3\n", harm=SEES,
            before="from sympy import *\na = sqrt(2)\na._args = (Integer(9), a._args[1])\na._mhash = None\na + a"),
    Hostile("numpy, broken by an earlier program",
            "import numpy as np\nprint(np.sum([1, 2]), np.array([0.5]), np.random.rand() < 1)", ("ok",),
            "3 [0.5] True\n", harm=SEES,
            before="import numpy as np\nnp.sum = None\nnp.set_printoptions(precision=0)\nnp.random.seed(5)"),
    Hostile("random numbers", "import random\nprint(random.randint(1, 10**9))", ("ok",), "906691060\n", harm=SEES,
            before="import random\nrandom.seed(7)\nrandom.random()"),
    Hostile("the environment of an earlier program", "import os\nprint('LEAK' in os.environ, os.path.exists('leak'))",
            ("ok",), "False False\n", harm=SEES,
            before="import os\nos.environ['LEAK'] = '1'\ntry: open('leak', 'w')\nexcept OSError: pass"),
    Hostile("handlers of an earlier program", """
        import signal, threading
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, threading.active_count(), blocked)
        """, ("ok",), "True 1 set()\n", harm=SEES, before="""
        import signal, threading, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
        """),
    Hostile("an alarm of an earlier program", "import time\ntime.sleep(0.3)\nprint('held')", ("ok",), "held\n",
            harm=SEES, before="import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.1)"),
    Hostile("sockets of the supervisor, among all objects", """
        import gc, os
        gc.unfreeze()
        found = set()
        for o in gc.get_objects():
            if 'socket' not in type(o).__name__.lower(): continue
            try:
                fd = o.fileno()
                os.fstat(fd)
            except Exception: continue
            if fd > 3: found.add(fd)
        print('held' if not found else f'got: {found}')
        """, ("ok",), "held\n", harm="speaks for the supervisor"),
    Hostile("sockets of the supervisor, in the frames above it", """
        import os, sys
        found, frame = set(), sys._getframe()
        while frame:
            for value in list(frame.f_locals.values()):
                for o in [value, *getattr(value, '__dict__', {}).values()]:
                    try:
                        fd = o.fileno()
                        os.fstat(fd)
                    except Exception: continue
                    if fd > 3: found.add(fd)
            frame = frame.f_back
        print('held' if not found else f'got: {found}')
        """, ("ok",), "held\n", harm="speaks for the supervisor"),
    Hostile("orders by the objects in the frames above it", """
        import sys
        frame, held = sys._getframe(), True
        while frame:
            for value in list(frame.f_locals.values()):
                for o in [value, *getattr(value, '__dict__', {}).values()]:
                    for name, given in (('send', b'E' + bytes(40)), ('sendall', b'E' + bytes(40)), ('recv', 1)):
                        if type(o).__name__ == 'socket':
                            try: getattr(o, name)(given)
                            except OSError: continue
                            held = False
            frame = frame.f_back
        print('held' if held else 'got: a socket of the supervisor')
        """, ("ok",), "held\n", harm="speaks for the supervisor"),
    Hostile("its place among processes",
            "import os\nprint('held' if os.getpid() == os.getpgid(0) else 'got')", ("ok",), "held\n",
            harm="its group is the supervisor's"),
    tries("another name for the machine", "socket.sethostname('x')", "PermissionError", first="import socket",
          harm="renames the machine"),
]  # fmt: skip

# Programs with nothing to fear: what a model writes. They run beside and after the others, and notice nothing.

HARMLESS = (
    Harmless("arithmetic", "print(6 * 7)", "42\n"),
    Harmless("a large power", "print(pow(7, 222, 1000), len(bin(3**500)))", "49 795\n"),
    Harmless("fractions", "from fractions import Fraction as F\nprint(F(1, 3) + F(1, 6), F('0.125'))", "1/2 1/8\n"),
    Harmless("decimals", "from decimal import *\ngetcontext().prec = 30\nprint(Decimal(2).sqrt())",
             "1.41421356237309504880168872421\n"),
    Harmless("combinations", "import math\nprint(math.comb(52, 5), math.gcd(84, 36), math.isqrt(99))",
             "2598960 12 9\n"),
    Harmless("permutations",
             "from itertools import permutations as p\nprint(sum(a < b < c for a, b, c in p(range(5), 3)))", "10\n"),
    Harmless("counting", "from collections import Counter\nprint(Counter('mississippi').most_common(2))",
             "[('i', 4), ('s', 4)]\n"),
    Harmless("statistics", "import statistics as s\nprint(s.mean([1, 2, 3, 4]), s.median([5, 1, 3]), s.pstdev([2, 4]))",
             "2.5 3 1.0\n"),
    Harmless("dates", "from datetime import *\nprint(date(2024, 3, 1) - timedelta(1), date(2000, 1, 1).strftime('%A'))",
             "2024-02-29 Saturday\n"),
    Harmless("chinese", "名字 = '答案是'\nprint(名字, 42, len(名字))", "答案是 42 3\n"),
    Harmless("a dataclass",
             "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1\nprint(P(), P(2).x)",
             "P(x=1) 2\n"),
    Harmless("a recursion",
             "from functools import cache\n@cache\ndef f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nprint(f(90))",
             "2880067194370816120\n"),
    Harmless("a search", "print(next(n for n in range(1, 10**6) if n % 7 == 3 and n % 11 == 5 and n % 13 == 8))",
             "346\n"),
    Harmless("a sieve", """
        n = 10**5
        s = bytearray([1]) * n
        for i in range(2, 317):
            if s[i]: s[i*i::i] = bytes(len(s[i*i::i]))
        print(sum(s) - 2)
        """, "9592\n"),
    Harmless("seeded chance", "import random\nprint(random.randint(1, 10**9))", "906691060\n"),
    Harmless("an exception that is caught", "try: 1 / 0\nexcept ZeroDivisionError as e: print(e)",
             "division by zero\n"),
    Harmless("an early end", "import sys\nprint(1)\nsys.exit(0)\nprint(2)", "1\n"),
    Harmless("replay", "print(x + y)", "3\n", replay=("x = 1\nprint('one')", "y = 2\nprint(y)")),
    Harmless("replayed functions", "print(area(3))", "28.27\n",
             replay=("import math\ndef area(r): return round(math.pi * r**2, 2)",)),
    Harmless("sympy equations",
             "from sympy import *\nx, y = symbols('x y')\nprint(solve(x**2 - 5*x + 6), solve([x + y - 3, x - y - 1]))",
             "[2, 3] {x: 2, y: 1}\n"),
    Harmless("sympy calculus", """
        from sympy import *
        x = symbols('x')
        print(integrate(x*exp(x), x), diff(sin(x)**2, x), limit(sin(x)/x, x, 0))
        """, "(x - 1)*exp(x) 2*sin(x)*cos(x) 1\n"),
    Harmless("sympy numbers", "from sympy import *\nprint(factorint(360), isprime(97), totient(36), sqrt(50))",
             "{2: 3, 3: 2, 5: 1} True 12 5*sqrt(2)\n"),
    Harmless("sympy matrices",
             "from sympy import Matrix\nm = Matrix([[1, 2], [3, 4]])\nprint(m.det(), m.inv(), m.eigenvals())",
             "-2 Matrix([[-2, 1], [3/2, -1/2]]) {5/2 - sqrt(33)/2: 1, 5/2 + sqrt(33)/2: 1}\n"),
    Harmless("sympy by a name made up",
             "import importlib\nprint('x')\nprint(importlib.import_module('sym' + 'py').sqrt(8))", "x\n2*sqrt(2)\n"),
    Harmless("numpy",
             "import numpy as np\nprint(np.std([1, 2, 3, 4]).round(6), np.linalg.solve([[2, 1], [1, 3]], [3, 5]))",
             "1.118034 [0.8 1.4]\n"),
    Harmless("numpy chance",
             "import numpy as np\nprint(np.random.default_rng(0).integers(0, 9, 5), np.arange(6).reshape(2, 3).sum(0))",
             "[7 5 4 2 2] [3 5 7]\n"),
    Harmless("scipy", """
        from scipy.optimize import brentq
        from scipy.special import comb
        print(round(brentq(lambda x: x*x - 2, 0, 2), 6), comb(10, 3))
        """, "1.414214 120.0\n"),
    Harmless("scipy statistics", """
        from scipy import stats, integrate
        print(round(stats.norm.cdf(1.96), 4), round(integrate.quad(lambda x: x*x, 0, 3)[0], 6))
        """, "0.975 9.0\n"),
    Harmless("networkx",
             "import networkx as nx\ng = nx.cycle_graph(6)\nprint(nx.shortest_path_length(g, 0, 3), nx.diameter(g))",
             "3 3\n"),
    Harmless("mpmath", "from mpmath import mp, pi\nmp.dps = 30\nprint(+pi)", "3.14159265358979323846264338328\n"),
    Harmless("codes", """
        import base64, hashlib, zlib
        print(base64.b64encode(b'abc').decode(), hashlib.md5(b'').hexdigest()[:8], zlib.crc32(b'abc'))
        """, "YWJj d41d8cd9 891568578\n"),
    Harmless("threads", """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(4) as p: print(sum(p.map(abs, range(-9, 9))))
        """, "81\n"),
    Harmless("an exit hook", "import atexit\natexit.register(print, 'bye')\nprint('hi')", "hi\nbye\n"),
)  # fmt: skip

HOSTILE: tuple[Hostile, ...] = (
    *TIME,
    *DEPTH,
    *DEATH,
    *SIGNALS,
    *MEMORY,
    *PROCESSES,
    *THREADS,
    *OUTPUT,
    *DESCRIPTORS,
    *EXCEPTIONS,
    *READS,
    *WRITE,
    *NETWORKS,
    *CALLS,
    *ABI,
    *RIGHTS,
    *INTERPRETER,
    *OTHERS,
)


# Running them.


def run_one(case: Hostile) -> Execution:
    """One case by `raymath.sandbox.run`."""
    if case.before:
        sandbox.run(case.before, timeout_s=30)
    return sandbox.run(case.code, **case.arguments)


def run_all(cases: Sequence[Hostile], parallel: int = 2) -> list[Execution]:
    """Every case, in order; those that need nothing of `run` alone go side by side."""
    done: dict[int, Execution] = {}
    batches: dict[tuple[int, int], list[int]] = {}
    for at, case in enumerate(cases):
        if case.before or "show_last" in case.arguments:
            done[at] = run_one(case)
        else:
            limits = case.arguments.get("memory_mb", 1024), case.arguments.get("output_bytes", _OUTPUT_BYTES)
            batches.setdefault(limits, []).append(at)
    for (memory_mb, output_bytes), members in batches.items():
        programs = (program(cases[at]) for at in members)
        batch = sandbox.run_batch(
            programs,
            parallel=parallel,
            memory_mb=memory_mb,
            output_bytes=output_bytes,
            allow_unisolated="--allow-unisolated" in sys.argv,
        )
        done.update(zip(members, batch, strict=True))
    return [done[at] for at in range(len(cases))]


def program(case: Hostile) -> Program:
    """A case as a program of a batch."""
    given = {name: case.arguments[name] for name in ("timeout_s", "replay") if name in case.arguments}
    return Program(code=case.code, id=case.name, **given)


@dataclass(frozen=True)
class Traces:
    """What there is beside this process: the sandbox's own processes, open descriptors, files that programs made."""

    processes: frozenset[int]
    descriptors: int
    files: frozenset[str]

    @classmethod
    def now(cls) -> Traces:
        """As it is at this moment."""
        folders = (Path(name) for name in (".", "/", "/tmp", "/var/tmp", "/dev/shm", "~", sys.prefix))
        names = (MARK, "psm_", "sem.mp-")
        return cls(
            frozenset(child.pid for child in psutil.Process().children(recursive=True) if _of_the_sandbox(child)),
            len(os.listdir("/proc/self/fd")),
            frozenset(
                str(file)
                for folder in folders
                if folder.expanduser().is_dir()
                for file in folder.expanduser().iterdir()
                if file.name.startswith(names)
            ),
        )

    @classmethod
    def at_rest(cls) -> Traces:
        """As it is with the sandbox warm: what was only there to start it has gone."""
        sandbox.warm()
        seen = cls.now()
        while True:
            time.sleep(1)
            seen, before = cls.now(), seen
            if seen == before:
                return seen

    @classmethod
    def settled(cls, expected: Traces) -> Traces:
        """As it is when it has become what is expected, or will not: the kernel may still be clearing away."""
        deadline = time.monotonic() + 10
        while (seen := cls.now().beside(expected)) != expected and time.monotonic() < deadline:
            time.sleep(0.05)
        return seen

    def beside(self, earlier: Traces) -> Traces:
        """With the files that have gone since: they were other people's."""
        return replace(self, files=self.files | earlier.files)

    @classmethod
    def ended(cls) -> frozenset[int]:
        """Processes of the sandbox that are still there some time after its end."""
        deadline = time.monotonic() + 10
        while (seen := cls.now().processes) and time.monotonic() < deadline:
            time.sleep(0.05)
        return seen


def _of_the_sandbox(process: psutil.Process) -> bool:
    try:
        return "raymath.sandbox" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def main(lines: Iterable[str]) -> None:
    """Run the cases whose names come, one a line; print one JSON object: level, executions, traces.

    Started by the tests in a process of its own, because the level of isolation is settled once a process.
    """
    names = {line.rstrip("\n") for line in lines}
    cases = [case for case in HOSTILE if case.name in names]
    os.environ["RAYMATH_HOSTILE_SECRET"] = SECRET
    level = sandbox.isolation_level()
    before = Traces.at_rest()
    done = run_all(cases)
    after = Traces.settled(before)
    harmless = [
        one.stdout
        for one in sandbox.run_batch(
            (h.program() for h in HARMLESS if set(h.needs) <= _HAVE[level]),
            allow_unisolated="--allow-unisolated" in sys.argv,
        )
    ]
    sandbox.close()
    report = {
        "level": level,
        "executions": {case.name: one.model_dump() for case, one in zip(cases, done, strict=True)},
        "lost": sorted(before.processes - after.processes),
        "left": sorted(after.processes - before.processes),
        "descriptors": after.descriptors - before.descriptors,
        "files": sorted(after.files - before.files),
        "closed": sorted(Traces.ended()),
        "harmless": harmless,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.stdin)
