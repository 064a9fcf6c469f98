"""What a process does to itself before it runs a program: namespaces, limits, privileges. Standard library only.

    holds = new_namespaces()            # in the warden, once
    notice_parent_death(); set_limits(...); drop_privileges()   # in the program's process, before the program

Runs in the processes of `raymath.sandbox.warden`, which import nothing else of raymath. Nothing here is ever
undone: a process that has confined itself stays so.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000
_CAPABILITY_VERSION_3 = 0x20080522

#: Beyond its limit a program may raise its memory by this much, so that it can still say how it ended.
RESERVE_BYTES = 32 * 2**20
_OPEN_FILES = 256

_libc = ctypes.CDLL(None, use_errno=True)


def new_namespaces() -> bool:
    """Make the next children live in a process table and a network of their own; False where not granted.

    A process table of their own means that they see and signal only each other, and that the kernel ends them
    all when the first of them ends.
    """
    uid, gid = os.getuid(), os.getgid()
    if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWPID | _CLONE_NEWNET) != 0:
        return False
    _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # new credentials cleared it, and the maps below want it
    try:
        for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(line)
    except OSError:
        pass  # without maps the ids read as "nobody"; what they may do is the same
    return True


def become_subreaper() -> None:
    """Descendants that lose their parent become this process's children, instead of init's."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def hide() -> None:
    """No other process of this user may trace this one or look into its memory and descriptors."""
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def notice_parent_death(number: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def set_limits(memory_bytes: int, cpu_s: int) -> None:
    """Memory (address space), CPU time, no file content, no core file, few descriptors."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    room = memory_bytes + RESERVE_BYTES
    ceiling = room if hard == resource.RLIM_INFINITY else min(room, hard)
    resource.setrlimit(resource.RLIMIT_AS, (min(memory_bytes, ceiling), ceiling))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


def use_reserve() -> None:
    """Lift the memory limit by the reserve: for the few lines after the program."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def drop_privileges() -> None:
    """Give up all capabilities, and the right to gain any by running another file."""
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice for 64 bits
    _libc.capset(header, none)
