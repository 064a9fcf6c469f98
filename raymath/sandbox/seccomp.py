"""System call filters as BPF programs, and how to install one. Standard library only.

    zygote_filter(files=True).install()     # in a zygote: an allow list, everything else fails with EPERM
    programs = program_filter()             # in a zygote, once
    programs.install(os.getpid())           # in each fork, on top: what the zygote needs and it must not

A filter can only be added to, never taken off, and is inherited by every child. Calls of another architecture (i386
and x32 on x86-64) end the process: their numbers mean other calls, so no list of ours would hold them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

# Name: number on x86-64, number on aarch64 (asm-generic); None where the architecture has no such call.
_CALLS: dict[str, tuple[int | None, int | None]] = {
    # Memory.
    "brk": (12, 214),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "mincore": (27, 232),
    # Descriptors it has.
    "read": (0, 63),
    "readv": (19, 65),
    "pread64": (17, 67),
    "write": (1, 64),
    "writev": (20, 66),
    "close": (3, 57),
    "close_range": (436, 436),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_wait": (232, None),
    "epoll_pwait": (281, 22),
    "eventfd2": (290, 19),
    # Looking at files. What may be opened is for Landlock and the mount namespace to say.
    "stat": (4, None),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "access": (21, None),
    "faccessat": (269, 48),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    # Time.
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    "alarm": (37, None),
    "setitimer": (38, 103),
    "getitimer": (36, 102),
    # Itself.
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getpgid": (121, 155),
    "getpgrp": (111, None),
    "getsid": (124, 156),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getresuid": (118, 148),
    "getresgid": (120, 150),
    "getgroups": (115, 158),
    "getrlimit": (97, 163),
    "prlimit64": (302, 261),
    "getrusage": (98, 165),
    "getpriority": (140, 141),
    "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "sched_yield": (24, 124),
    "getcpu": (309, 168),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "getrandom": (318, 278),
    # Threads and signals.
    "clone": (56, 220),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "set_tid_address": (218, 96),
    "membarrier": (324, 283),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigpending": (127, 136),
    "rt_sigtimedwait": (128, 137),
    "rt_sigsuspend": (130, 133),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "pause": (34, None),
    "restart_syscall": (219, 128),
    "kill": (62, 129),
    "tgkill": (234, 131),
    "exit": (60, 93),
    "exit_group": (231, 94),
    # Only the zygote's: refused again by `program_filter`.
    "wait4": (61, 260),
    "setpgid": (109, 154),
    "setpriority": (141, 140),
    "setrlimit": (160, 164),
    "prctl": (157, 167),
    "seccomp": (317, 277),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "recvfrom": (45, 207),
    "recvmsg": (47, 212),
    # Opening files.
    "open": (2, None),
    "openat": (257, 56),
    # Answered with ENOSYS, so that the C library takes the older call.
    "clone3": (435, 435),
    "openat2": (437, 437),
    "faccessat2": (439, 439),
}
_ABSENT = ("clone3", "openat2", "faccessat2")
_OPENING = ("open", "openat")
_ZYGOTE_ONLY = ("wait4", "setpgid", "setpriority", "setrlimit", "prctl", "seccomp", "sendto", "sendmsg", "recvfrom")

# struct seccomp_data: the number, the architecture, the instruction pointer, six arguments of 64 bits.
_NUMBER, _ARCHITECTURE = 0, 4
_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_X32_BIT = 0x40000000
_CLONE_THREAD = 0x00010000
#: TCGETS and TIOCGWINSZ: is it a terminal, and how wide; FIONBIO, by which `os.set_blocking` works.
_IOCTLS = (0x5401, 0x5413, 0x5421)
#: F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC: not F_SETOWN, which lets the kernel signal others.
_FCNTLS = (0, 1, 2, 3, 4, 1030)

#: Machine → (column of `_CALLS`, AUDIT_ARCH, number of seccomp(2)).
_MACHINES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}
_SECCOMP_SET_MODE_FILTER = 1

_Instruction = tuple[int, int, int, int]

#: Stands for the process's own number, and for its negative, in a filter that was made before the fork.
_SELF, _GROUP = 0x7FEDCBA9, 0x81234567
_libc = ctypes.CDLL(None, use_errno=True)


class Filter:
    """A finished filter: installing it computes nothing, so a fork pays little for it."""

    def __init__(self, code: list[_Instruction]) -> None:
        packed = b"".join(struct.pack("HBBI", *instruction) for instruction in code)
        self._code = ctypes.create_string_buffer(packed, len(packed))
        self._header = struct.pack("HxxxxxxP", len(code), ctypes.addressof(self._code))
        self._call = _MACHINES[os.uname().machine][2]
        self._own = [8 * at + 4 for at, instruction in enumerate(code) if instruction[3] == _SELF]
        self._group = [8 * at + 4 for at, instruction in enumerate(code) if instruction[3] == _GROUP]

    def install(self, pid: int = 0) -> None:
        """Put it on this process, whose number is `pid`, for good. It needs no_new_privs.

        Raises:
            OSError: the kernel refuses.
        """
        for at in self._own:
            struct.pack_into("I", self._code, at, pid)
        for at in self._group:
            struct.pack_into("I", self._code, at, -pid & 0xFFFFFFFF)
        if _libc.syscall(self._call, _SECCOMP_SET_MODE_FILTER, 0, self._header) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"seccomp: {os.strerror(number)}")


def supported() -> bool:
    """Whether there is a list for this machine's architecture."""
    return os.uname().machine in _MACHINES


def zygote_filter(*, files: bool) -> Filter:
    """What a zygote and its programs may call.

    Args:
        files: allow opening files; without, whatever was not loaded before cannot be read.
    """
    column, architecture, _ = _MACHINES[os.uname().machine]
    refused = _ABSENT if files else (*_ABSENT, *_OPENING)
    allowed = [numbers[column] for name, numbers in _CALLS.items() if name not in refused]
    return Filter(
        [
            *_guard(column, architecture),
            *_answers([number for number in allowed if number is not None], _ALLOW),
            *_answers([_number(name, column) for name in _ABSENT], _ERRNO | errno.ENOSYS),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        ]
    )


def program_filter() -> Filter:
    """What a program's process may not, on top of `zygote_filter`: processes, other processes' signals, limits."""
    column, architecture, _ = _MACHINES[os.uname().machine]
    denied = [_number(name, column) for name in _ZYGOTE_ONLY]
    recvmsg = _number("recvmsg", column)
    return Filter(
        [
            *_guard(column, architecture),
            *_answers([*denied, recvmsg], _ERRNO | errno.EPERM),
            *_unless(_number("clone", column), 0, _JUMP_SET, (_CLONE_THREAD,)),
            *_unless(_number("kill", column), 0, _JUMP_EQUAL, (0, _SELF, _GROUP)),
            *_unless(_number("tgkill", column), 0, _JUMP_EQUAL, (_SELF,)),
            *_unless(_number("ioctl", column), 1, _JUMP_EQUAL, _IOCTLS, errno.ENOTTY),
            *_unless(_number("fcntl", column), 1, _JUMP_EQUAL, _FCNTLS),
            *_read_only_limits(_number("prlimit64", column)),
            (_RETURN, 0, 0, _ALLOW),
        ]
    )


def _number(name: str, column: int) -> int:
    number = _CALLS[name][column]
    assert number is not None, f"{name} exists on every architecture"
    return number


def _guard(column: int, architecture: int) -> list[_Instruction]:
    code: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if column == 0:
        code += [(_JUMP_ABOVE, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL_PROCESS)]
    return code


def _answers(numbers: list[int], action: int) -> list[_Instruction]:
    """`action` for each of these calls; the call's number is loaded before and after."""
    last = len(numbers)
    assert last < 255, "a jump reaches 255 instructions"
    return [
        *((_JUMP_EQUAL, last - at, 0, number) for at, number in enumerate(numbers)),
        (0x05, 0, 0, 1),  # always jump over the answer
        (_RETURN, 0, 0, action),
    ]


def _unless(
    number: int, argument: int, test: int, values: tuple[int, ...], refusal: int = errno.EPERM
) -> list[_Instruction]:
    """Refuse a call unless the low half of an argument passes `test` with one of the values."""
    checks = [(test, len(values) - at, 0, value) for at, value in enumerate(values)]
    body: list[_Instruction] = [
        (_LOAD, 0, 0, 16 + 8 * argument),
        *checks,
        (_RETURN, 0, 0, _ERRNO | refusal),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return [(_JUMP_EQUAL, 0, len(body), number), *body]


def _read_only_limits(number: int) -> list[_Instruction]:
    """Refuse prlimit64 for another process, and with new limits (argument 2 is not a null pointer)."""
    refuse: _Instruction = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    body: list[_Instruction] = []
    for offset in (16, 16 + 16, 16 + 20):
        body += [(_LOAD, 0, 0, offset), (_JUMP_EQUAL, 1, 0, 0), refuse]
    return [(_JUMP_EQUAL, 0, len(body) + 1, number), *body, (_RETURN, 0, 0, _ALLOW)]
