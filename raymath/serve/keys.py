"""API keys: several, each with a name and limits of its own, in a file that holds only their hashes.

    key = add(Path("keys.jsonl"), "ada", requests_per_minute=60)     # shown once, kept nowhere
    KeyRing(Path("keys.jsonl")).find(key)                            # Key(name="ada", ...), or None

The file has one JSON line a key and is read again when it changes: a key that is revoked is refused from the next
request on. A key is 256 random bits, so one round of SHA-256 is enough: a slow hash protects what can be guessed.
Asking for keys, and holding callers to the limits, is left to `raymath.serve.gateway`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from raymath.errors import UserError

PREFIX = "rm-"
_NAME = re.compile(r"[\w.@-]{1,64}")


class Key(BaseModel):
    """One line of the file. A limit that is not given is that of the settings (`raymath.config.ServeSettings`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    created: str = ""
    max_tokens: Annotated[int, Field(gt=0)] | None = None
    max_rounds: Annotated[int, Field(gt=0)] | None = None
    max_in_flight: Annotated[int, Field(gt=0)] | None = None
    requests_per_minute: Annotated[int, Field(gt=0)] | None = None


def read(file: Path) -> list[Key]:
    """All keys of a file.

    Raises:
        UserError: it cannot be read, or a line of it is no key; the message does not repeat the line.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UserError(f"cannot read the keys in {file}: {reason}", f"raymath keys add {file} NAME") from None
    keys = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            keys.append(Key.model_validate_json(line))
        except ValidationError:
            raise UserError(f"{file}, line {number} is no key", "take that line out, then add the key again") from None
    return keys


def add(file: Path, name: str, **limits: int | None) -> str:
    """Make a key, write its hash into `file` (made where it is missing), and return the key itself.

    Raises:
        UserError: the name is taken or not fit for a log line.
    """
    keys = read(file) if file.exists() else []
    if not _NAME.fullmatch(name):
        raise UserError(f"'{name}' cannot name a key", "use letters, digits and . _ @ -, 64 at most")
    if any(key.name == name for key in keys):
        raise UserError(f"{file} has a key called '{name}' already", "revoke it first, or choose another name")
    secret = PREFIX + secrets.token_urlsafe(32)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    _write(file, [*keys, Key(name=name, sha256=_hash(secret), created=created, **limits)])
    return secret


def revoke(file: Path, name: str) -> None:
    """Take a key out of `file`.

    Raises:
        UserError: there is none of that name.
    """
    keys = read(file)
    if all(key.name != name for key in keys):
        known = ", ".join(key.name for key in keys) or "none"
        raise UserError(f"{file} has no key called '{name}'", f"it has: {known}")
    _write(file, [key for key in keys if key.name != name])


class KeyRing:
    """The keys of a file, read again when it changes.

    Args:
        file: as `add` writes it.

    Raises:
        UserError: it cannot be read.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp = self._changed()
        self._keys = read(file)

    def find(self, secret: str) -> Key | None:
        """The key that `secret` is, or None. Takes as long for a wrong one as for a right one.

        Raises:
            UserError: the file has changed and cannot be read: nobody is let in.
        """
        stamp = self._changed()
        if stamp != self._stamp:
            self._keys, self._stamp = read(self._file), stamp
        given, found = _hash(secret), None
        for key in self._keys:
            if hmac.compare_digest(key.sha256, given):
                found = key
        return found

    def _changed(self) -> tuple[int, int, int]:
        try:
            state = self._file.stat()
        except OSError as error:
            raise UserError(
                f"cannot read the keys in {self._file}: {error.strerror}", f"raymath keys add {self._file} NAME"
            ) from None
        return state.st_mtime_ns, state.st_size, state.st_ino


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _write(file: Path, keys: list[Key]) -> None:
    """Replace the file in one step, readable for its owner alone: a server never reads half of it."""
    text = "".join(key.model_dump_json(exclude_none=True) + "\n" for key in keys)
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with open(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        os.replace(name, file)
    except OSError as error:
        raise UserError(f"cannot write {file}: {error.strerror}", "give a file in a directory of yours") from None
