"""Failures a user can act on.

Every such failure says what is wrong, where (file, row or key), and what to do. The command line prints it as
one message and exits with ``code``; the stack trace appears only with ``--debug``. Anything else that is raised
is a defect of raymath.
"""


class UserError(Exception):
    """Something outside raymath has to change: a file, a setting, the machine.

    Args:
        what: what is wrong and where, one sentence without a full stop.
        fix: what to do about it, one sentence without a full stop; shown with a capital.
    """

    code = 1

    def __init__(self, what: str, fix: str = "") -> None:
        self.what, self.fix = what, fix
        end = "" if fix.endswith("?") else "."
        super().__init__(f"{what}. {fix[:1].upper()}{fix[1:]}{end}" if fix else f"{what}.")

    def __reduce__(self) -> tuple[type["UserError"], tuple[str, str]]:
        return type(self), (self.what, self.fix)


class ConfigError(UserError):
    """A setting is unknown, has the wrong type, or contradicts another."""

    code = 2


class DataError(UserError):
    """A data file is missing, unreadable, or has no usable row."""

    code = 3


class ModelError(UserError):
    """A model cannot be found or is incomplete."""

    code = 4


class MachineError(UserError):
    """The machine lacks what the work needs: memory, a port, an isolation primitive."""

    code = 5
