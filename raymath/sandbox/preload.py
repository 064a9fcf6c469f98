"""What a zygote has loaded before it forks, so that no program loads or computes it again. Standard library only.

    load("sympy"); fill()       # in a zygote, before it confines itself

Kinds, from small to large: ``bare`` (the standard library), ``sympy`` (and numpy), ``scipy`` (and networkx). A larger
one costs more to fork, so a program goes to the smallest that has what it imports. Nothing of a program is ever seen
here: ``rehearsal.txt`` was written for this.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import pkgutil
import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

_REHEARSAL = Path(__file__).with_name("rehearsal.txt")

#: Kinds with the libraries that each adds.
_ADDS = {"bare": (), "sympy": ("sympy", "mpmath", "numpy"), "scipy": ("scipy", "networkx")}
KINDS = tuple(_ADDS)

# Looked for in the text, not in a syntax tree: parsing what a stranger wrote is not for the process that supervises.
# A word in a string or comment costs a few milliseconds, a name made up at run time is seen by the import itself.
_IMPORT = {
    kind: re.compile(rf"\b(?:import|from)\b[^\n]*\b(?:{'|'.join(names)})\b") for kind, names in _ADDS.items() if names
}


def kind_of(blocks: Sequence[str]) -> str:
    """The smallest kind that has what these programs import."""
    for kind in reversed(KINDS):
        pattern = _IMPORT.get(kind)
        if pattern is not None and any(pattern.search(block) for block in blocks):
            return kind
    return KINDS[0]


def larger(kind: str) -> str | None:
    """The next kind, None after the largest."""
    at = KINDS.index(kind) + 1
    return KINDS[at] if at < len(KINDS) else None


def outside(kind: str) -> tuple[str, ...]:
    """Libraries that only larger kinds have."""
    return tuple(name for other in KINDS[KINDS.index(kind) + 1 :] for name in _ADDS[other])


def load(kind: str, *, everything: bool = False) -> None:
    """Import what the kind has.

    A library that is not installed is left out: the programs that import it get the ImportError.

    Args:
        kind: one of `KINDS`.
        everything: also of the standard library what few programs import.
    """
    _import(_STANDARD)
    if everything:
        _import(_RARE)
    if kind != "bare":
        _import(_SYMPY)
    if kind == "scipy":
        _import(_SCIPY)
    if everything and kind != "bare":
        _import(_submodules("sympy"))


def _submodules(package: str) -> list[str]:
    """All modules of a package that are no tests: sympy imports many of its own on the way."""
    paths = list(importlib.import_module(package).__path__) if importlib.util.find_spec(package) else []
    found = pkgutil.walk_packages(paths, f"{package}.", onerror=lambda _: None)
    unwanted = re.compile(r"\.(tests|benchmarks|testing|conftest|external|interactive|pygletplot|autolev|_antlr)\b")
    return [module.name for module in found if not unwanted.search(module.name)]


def fills(kind: str) -> bool:
    """Whether `fill` does anything for a kind: the largest serves few programs, and those compute elsewhere."""
    return kind == "sympy"


def _import(names: Sequence[str]) -> None:
    for name in names:
        # A module that does not load is missing for the programs that want it, and for nobody else.
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nobody asked for these modules by name
            importlib.import_module(name)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# What a module costs, every fork pays: these are small, and most programs import one of them, or they need a library of
# the machine that no program can open.
_STANDARD = _names(
    """
    array bisect bz2 calendar cmath collections copy datetime decimal fractions functools hashlib heapq itertools
    json math numbers operator random re statistics string time types typing _strptime uuid zlib encodings.latin_1
    encodings.ascii
    """
)
_RARE = _names(
    """
    abc argparse ast base64 binascii codecs collections.abc colorsys concurrent.futures concurrent.futures.thread
    contextlib csv dataclasses difflib doctest enum errno gc getpass glob graphlib html inspect io ipaddress
    keyword linecache locale logging os pathlib pickle platform pprint queue reprlib resource secrets select
    selectors shutil signal socket stat struct subprocess sys tempfile textwrap threading timeit token tokenize
    traceback unicodedata unittest warnings weakref zoneinfo encodings.idna encodings.utf_16
    encodings.utf_32 encodings.unicode_escape encodings.raw_unicode_escape encodings.cp437 encodings.gbk
    """
)
_SYMPY = _names(
    """
    sympy mpmath numpy numpy.linalg numpy.random numpy.polynomial numpy.fft numpy.ma numpy.testing sympy.abc
    sympy.geometry sympy.stats sympy.combinatorics sympy.ntheory sympy.ntheory.modular sympy.ntheory.residue_ntheory
    sympy.ntheory.continued_fraction sympy.functions.combinatorial.numbers sympy.solvers.diophantine
    sympy.solvers.inequalities sympy.solvers.ode sympy.solvers.recurr sympy.solvers.solveset
    sympy.integrals.manualintegrate sympy.integrals.risch sympy.integrals.meijerint sympy.integrals.heurisch
    sympy.parsing.sympy_parser sympy.polys.numberfields sympy.calculus.util sympy.calculus.finite_diff
    sympy.series.gruntz sympy.simplify.fu sympy.simplify.hyperexpand sympy.vector sympy.plotting
    sympy.utilities.lambdify sympy.utilities.iterables sympy.matrices.expressions sympy.sets.fancysets
    sympy.logic.boolalg sympy.logic.inference sympy.concrete.summations sympy.concrete.products sympy.discrete
    sympy.tensor sympy.tensor.tensor sympy.printing.pretty sympy.printing.latex sympy.crypto sympy.categories
    sympy.diffgeom
    """
)
_SCIPY = _names(
    """
    scipy scipy.optimize scipy.integrate scipy.linalg scipy.special scipy.stats scipy.interpolate scipy.spatial
    scipy.spatial.distance scipy.sparse scipy.sparse.linalg scipy.sparse.csgraph scipy.signal scipy.fft
    scipy.constants scipy.ndimage scipy.cluster.hierarchy scipy.misc networkx networkx.algorithms
    networkx.algorithms.approximation
    """
)


def fill() -> None:
    """Compute what most programs with sympy compute on their way, so that its caches hold it (about 3 s)."""
    try:
        sympy = importlib.import_module("sympy")
    except ImportError:
        return
    space = {name: getattr(sympy, name) for name in sympy.__all__}
    for line in _REHEARSAL.read_text(encoding="utf-8").splitlines():
        # One that a newer sympy refuses only warms less.
        with contextlib.suppress(Exception):
            exec(line, space)  # noqa: S102 - a file of this package


def seed() -> None:
    """Fix the generators that were seeded from the machine's entropy when they were imported."""
    if sympy_random := sys.modules.get("sympy.core.random"):
        sympy_random.seed(0)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(0)
