"""What a process does to itself before it runs a program: namespaces, Landlock, limits. Standard library only.

    apart = new_namespaces()                               # in the process that starts the nursery
    leave_files(folders); restrict_files(folders); drop_privileges()   # in a zygote, after its imports
    notice_parent_death(); set_limits(...)                 # in a program's process

Runs in the processes of `raymath.sandbox.zygote`, which import nothing else of raymath. Nothing here is ever
undone: a process that has confined itself stays so.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import struct
from collections.abc import Sequence
from typing import NamedTuple

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUTS = 0x04000000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000

_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT, _MS_BIND = 1, 2, 4, 8, 32, 4096
_MS_REC, _MS_PRIVATE, _MNT_DETACH = 16384, 1 << 18, 2

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
# Landlock's three calls have one number everywhere.
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_CREATE_RULESET_VERSION = 1
_LANDLOCK_RULE_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
#: Version of Landlock → the file rights it knows, as bits from the lowest.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}

_HOST = b"sandbox"
_OPEN_FILES = 256
_MADV_COLLAPSE, _HUGE = 25, 1 << 21

_libc = ctypes.CDLL(None, use_errno=True)


class Folders(NamedTuple):
    """What programs may read: ``libraries`` with all below them, and the names in ``listed`` (for imports)."""

    libraries: tuple[str, ...]
    listed: tuple[str, ...]


def new_namespaces() -> str:
    """Make the next children live in a process table, a network and an IPC of their own; "" if granted, else why not.

    A process table of their own means that they see and signal only each other, and that the kernel ends them
    all when the first of them ends.
    """
    uid, gid = os.getuid(), os.getgid()
    kinds = _CLONE_NEWUSER | _CLONE_NEWPID | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS
    if _libc.unshare(kinds) != 0:
        return f"no user namespaces: {os.strerror(ctypes.get_errno())}"
    _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # new credentials cleared it, and the maps below want it
    try:
        for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(line)
    except OSError as error:
        return f"no user namespaces: {error.strerror}"
    _libc.sethostname(_HOST, len(_HOST))  # the machine's own says where a program is
    return ""


def leave_files(folders: Folders) -> None:
    """Make an empty, read-only file system this process's root, with the library folders bound into it.

    Raises:
        OSError: not granted.
    """
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE, None)
    # Any folder that exists everywhere and holds nothing we need does as the place to build the new root in.
    root = "/proc"
    _mount("tmpfs", root, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=64k,mode=755")
    # /proc is covered now, and a covered folder of the host must not be bound: none of ours lies in it.
    for folder in folders.libraries:
        inside = root + folder
        if os.path.isdir(folder):
            os.makedirs(inside, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(inside), exist_ok=True)
            os.close(os.open(inside, os.O_CREAT | os.O_WRONLY, 0o444))
        _mount(folder, inside, None, _MS_BIND, None)
        # Flags of the source are locked: a remount that dropped one would be refused.
        locked = os.statvfs(inside).f_flag & _MS_NOEXEC
        _mount(None, inside, None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV | locked, None)
    os.makedirs(f"{root}/tmp", exist_ok=True)  # noqa: S108 - an empty folder, where programs are
    _mount(None, root, None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV, None)
    os.chdir(root)
    _check(_libc.syscall(_PIVOT_ROOT[os.uname().machine], b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", _MNT_DETACH), "umount2")
    os.chdir("/tmp")  # noqa: S108 - the empty folder made above


def has_landlock() -> bool:
    """Whether the kernel has Landlock, turned on."""
    return bool(_libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_CREATE_RULESET_VERSION) > 0)


def restrict_files(folders: Folders) -> None:
    """Landlock: of all files only the folders may be read, nothing written, no TCP, no signal to the outside.

    Needs no privilege, only no_new_privs.

    Raises:
        OSError: the kernel has no Landlock, or it is turned off.
    """
    version = _libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    _check(version, "Landlock")
    files = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    # struct landlock_ruleset_attr: rights over files, over TCP (version 4), and what ends at the domain (version 6).
    attributes = struct.pack("QQQ", files, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, size, 0)
    _check(ruleset, "Landlock")
    try:
        for paths, rights in ((folders.libraries, _READ_FILE | _READ_DIR), (folders.listed, _READ_DIR)):
            for path in paths:
                allowed = rights if os.path.isdir(path) else _READ_FILE
                opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
                try:
                    rule = struct.pack("=Qi", allowed, opened)
                    _check(_libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0), "Landlock")
                finally:
                    os.close(opened)
        _check(_libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0), "Landlock")
    finally:
        os.close(ruleset)


def become_subreaper() -> None:
    """Descendants that lose their parent become this process's children, instead of init's."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def hide() -> None:
    """No other process of this user may trace this one or look into its memory and descriptors."""
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def notice_parent_death(parent: int, lives: int | None = None) -> None:
    """Have the kernel kill this process when the thread that forked it ends; leaves at once if it has ended already.

    Args:
        parent: the process it was forked by.
        lives: the end to read from of a pipe that nobody but the parent can write into. Needed where the parent is
            outside of this process table: its number is 0 here then, also after its death.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() not in (parent, 0) or (lives is not None and select.select([lives], [], [], 0)[0]):
        os._exit(1)


def set_limits(memory_bytes: int, cpu_s: int) -> None:
    """Address space and CPU time, for the rest of this process's life."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    ceiling = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    ceiling = cpu_s if hard == resource.RLIM_INFINITY else min(cpu_s, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (ceiling, ceiling))


def set_common_limits() -> None:
    """What is the same for all programs: nothing written to files, no core file, few descriptors, no queues."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        _, hard = resource.getrlimit(kind)
        ceiling = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (ceiling, ceiling))


def drop_privileges() -> None:
    """Give up all capabilities, and the right to gain any by running another file."""
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice for 64 bits
    _check(_libc.capset(header, none), "capset")


def collapse_pages() -> None:
    """Have the kernel put this process's memory into huge pages: a fork then copies a few hundred entries, not 20,000.

    Does nothing where the kernel cannot (before Linux 6.1, or huge pages turned off).
    """
    try:
        with open("/proc/self/maps") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        addresses, rights, _, _, inode, *name = line.split()
        if "w" not in rights or inode != "0" or (name and name != ["[heap]"]):
            continue
        begin, end = (int(address, 16) for address in addresses.split("-"))
        for at in range(-(-begin // _HUGE) * _HUGE, end // _HUGE * _HUGE, _HUGE):
            _libc.madvise(ctypes.c_void_p(at), ctypes.c_size_t(_HUGE), _MADV_COLLAPSE)


def address_space() -> int:
    """Bytes of address space this process has; 0 where /proc cannot say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None) -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind, data)]
    _check(_libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]), f"mount {target}")


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def existing(paths: Sequence[str]) -> tuple[str, ...]:
    """Those of the paths that are there, once each, without those inside another one."""
    found = sorted({os.path.realpath(path) for path in paths if os.path.exists(path)})
    return tuple(path for path in found if not any(path.startswith(other + "/") for other in found))
