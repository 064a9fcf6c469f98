"""One door to where things are kept: a directory, NFS, S3, Google Cloud, Azure, or a file system of fsspec's.

    place = Place("s3://bucket/runs?region=eu-west-1")
    place.write("NAME/settings.json", b"{}")
    place.put(file, "NAME/data/tokens/part-00000.parquet")
    place.tree("NAME")                                    # name → size and time of what is below

A URI's scheme picks the file system: pyarrow's own (``s3``, ``gs``, ``abfs``, ``hdfs``, ``file``, or a plain path),
then fsspec's. Credentials are found as each of them does, in the environment; a URI may hold none. A file is there
whole or not at all. What fails for a moment is tried again. What is kept where, and when, is left to those who ask:
`raymath.mirror` for runs, `raymath.train.store` for checkpoints.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar
from urllib.parse import urlsplit

from raymath.errors import ConfigError, MachineError

T = TypeVar("T")
_CHUNK = 2**23
#: How long an action is tried again (beside what the file system itself retries), and the longest pause meanwhile.
_PATIENCE_S = 60.0
_PAUSE_S = 2.0
#: Object stores know no directories: making one there would only be another request, and a right to have. What is
#: written there appears when it is whole.
_OBJECTS = ("s3", "gcs", "abfs")
#: A scheme, and the slashes after it, of which `Path` leaves one.
_SCHEME = re.compile(r"^([a-zA-Z][\w+.-]+):/{1,2}(?=[^/])")
#: An option of an address whose value is nobody's business, and what stands there before an @.
_OPTION = re.compile(r"(?i)([?&](?:sig|[^=&?\s]*(?:key|secret|token|passw|credential|signature)[^=&?\s]*)=)[^&'\"\s]*")
_USER = re.compile(r"//[^/@\s]*@")


class StoreError(MachineError):
    """A store cannot be reached, or refuses."""


class Kept(NamedTuple):
    """A file of a place: bytes, and when it was written (nanoseconds; 0 where the store does not say)."""

    size: int
    written: int


def cache_dir() -> Path:
    """Where raymath keeps, on this machine, what it can make or fetch again: ``$RAYMATH_CACHE``, else the user's."""
    return Path(os.environ.get("RAYMATH_CACHE") or Path.home() / ".cache" / "raymath")


def is_uri(given: str | Path) -> bool:
    """Whether something names a place by a URI; a plain path is none."""
    return _SCHEME.match(str(given)) is not None or "://" in str(given)


def spelled(given: str | Path) -> str:
    """A URI as it was written, also where a `Path` was made of it, which takes one of its slashes."""
    text = str(given)
    slashes = "///" if text.startswith("file:") else "//"  # no host, before an absolute path
    return text if "://" in text else _SCHEME.sub(rf"\1:{slashes}", text)


def below(uri: str, *names: str) -> str:
    """A place within a place: the names stand before the options that follow a question mark."""
    where, mark, options = uri.partition("?")
    return "/".join([where.rstrip("/"), *names]) + mark + options


def split(uri: str) -> tuple[str, str]:
    """The URI of what a file is in, and its name there."""
    where, mark, options = uri.partition("?")
    folder, _, name = where.rstrip("/").rpartition("/")
    return folder + mark + options, name


def shown(uri: str) -> str:
    """A URI without its options."""
    return uri.partition("?")[0].rstrip("/")


def holds_credential(uri: str) -> bool:
    """Whether an address has a password, key or token in it, which would get into logs and records."""
    parts = urlsplit(spelled(uri))
    # Elsewhere what stands before the @ is a container, or a user as such.
    user = parts.username is not None and parts.scheme in ("s3", "http", "https")
    return user or parts.password is not None or _OPTION.search(f"?{parts.query}") is not None


def redacted(text: str) -> str:
    """Text for people or a record, without what addresses in it hold before an @ or in a private option."""
    return _OPTION.sub(r"\1…", _USER.sub("//…@", text))


def require_none(uri: str, key: str) -> str:
    """The URI, where it holds no credential; `key` says whose it is.

    Raises:
        ConfigError: it holds one, which is not repeated.
    """
    if holds_credential(uri):
        raise ConfigError(
            f"{key} holds a credential", "leave it out and put it where the storage's own tools look: the environment"
        )
    return uri


class Place:
    """Files below a URI or an absolute path, by their names in it (``a/b.json``).

    Args:
        uri: see the module; options of the file system follow a question mark.
        key: the setting or option that named it, for messages.

    Raises:
        ConfigError: no file system is known for the URI's scheme, what it needs is not installed, it holds a
            credential, or names no bucket or directory.
        StoreError: of what is done with it: the store cannot be reached, or refuses.
    """

    def __init__(self, uri: str, key: str = "the address") -> None:
        self.uri = shown(require_none(spelled(uri), key))
        self._files, self._root = _file_system(spelled(uri), key)
        if not self._root.strip("/"):
            raise ConfigError(f"{key} = {self.uri!r} names no bucket or directory", "add it")
        self._has_directories = self._files.type_name not in _OBJECTS

    def names(self, under: str = "") -> list[str]:
        """What is directly below a name; nothing where there is nothing of that name."""
        from pyarrow import fs

        found = fs.FileSelector(self._path(under), allow_not_found=True)
        return [info.base_name for info in self._reaching(lambda: self._files.get_file_info(found))]

    def files(self) -> dict[str, Kept]:
        """The files directly in it; nothing where there is no such place."""
        from pyarrow import fs

        found = fs.FileSelector(self._root, allow_not_found=True)
        infos = self._patiently(lambda: self._files.get_file_info(found))
        return {info.base_name: Kept(info.size, info.mtime_ns or 0) for info in infos if info.is_file}

    def tree(self, under: str = "") -> dict[str, Kept]:
        """All files below a name, by their names from there; none of those that are being written.

        Raises:
            StoreError: one is named so that it leads elsewhere when the same is written below a directory.
        """
        from pyarrow import fs

        root = self._path(under)
        selector = fs.FileSelector(root, allow_not_found=True, recursive=True)
        infos = self._patiently(lambda: self._files.get_file_info(selector))
        files = {info.path.removeprefix(f"{root}/"): info for info in infos if info.is_file}
        for name in files:
            if name.startswith("/") or ".." in name.split("/"):
                raise StoreError(
                    f"{self.uri} has a file named {name!r}, which leads out of it", "remove it, and see who wrote it"
                )
        return {
            name: Kept(info.size, info.mtime_ns or 0)
            for name, info in files.items()
            if not name.rpartition("/")[2].startswith(".partial-")
        }

    def look(self, name: str) -> Kept | None:
        """A file's size and time; None where there is no file of that name."""
        info = self._reaching(lambda: self._files.get_file_info(self._path(name)))
        return Kept(info.size, info.mtime_ns or 0) if info.is_file else None

    def is_file(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return self.look(name) is not None

    def read(self, name: str) -> bytes:
        """A whole file.

        Raises:
            FileNotFoundError: there is none.
        """

        def whole() -> bytes | None:
            try:
                with self._files.open_input_stream(self._path(name), compression=None) as content:
                    return bytes(content.read())
            except FileNotFoundError:
                return None

        found = self._patiently(whole)
        if found is None:
            raise FileNotFoundError(f"there is no {self.uri}/{name}")
        return found

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole."""
        self._patiently(lambda: self._store(name, lambda out: out.write(content)))

    def put(self, file: Path, name: str) -> None:
        """Copy a file of this machine there.

        Raises:
            OSError: the local file cannot be read.
        """
        with file.open("rb") as content:
            self.send(content, name)

    def send(self, content: BinaryIO, name: str) -> None:
        """Copy what an open file holds there."""

        def copy(out: Any) -> None:
            content.seek(0)
            while chunk := content.read(_CHUNK):
                out.write(chunk)

        self._patiently(lambda: self._store(name, copy))

    def get(self, name: str, file: Path, watch: Callable[[bytes], Any] | None = None) -> None:
        """Copy a file from there to this machine, whole or not at all.

        Args:
            name: of the file there.
            file: where it comes to.
            watch: is shown every piece; what it raises after the last (called with nothing) keeps the file away.

        Raises:
            OSError: it cannot be written here.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f".partial-{file.name}-{os.getpid()}-{secrets.token_hex(2)}")
        try:
            content = self._reaching(lambda: self._files.open_input_stream(self._path(name), compression=None))
            with content, partial.open("wb") as out:
                while chunk := self._reaching(lambda: content.read(_CHUNK)):
                    if watch is not None:
                        watch(chunk)
                    out.write(chunk)
            if watch is not None:
                watch(b"")
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        if self.is_file(name):
            self._reaching(lambda: self._files.delete_file(self._path(name)))

    def remove_tree(self, name: str) -> None:
        """Remove all that is below a name."""
        self._reaching(lambda: self._files.delete_dir(self._path(name)))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}".rstrip("/")

    def _store(self, name: str, fill: Callable[[Any], Any]) -> None:
        path = self._path(name)
        if not self._has_directories:
            with self._files.open_output_stream(path, compression=None) as out:
                fill(out)
            return
        folder, _, last = path.rpartition("/")
        self._files.create_dir(folder, recursive=True)
        partial = f"{folder}/.partial-{last}-{os.getpid()}-{secrets.token_hex(2)}"
        try:
            with self._files.open_output_stream(partial, compression=None) as out:
                fill(out)
            self._files.move(partial, path)
        except BaseException:
            if self._files.get_file_info(partial).is_file:
                self._files.delete_file(partial)
            raise

    def _patiently(self, action: Callable[[], T]) -> T:
        """Try an action again for a while: a network that fails for a moment stops no work."""
        until, pause = time.monotonic() + _PATIENCE_S, 0.1
        while True:
            try:
                return self._reaching(action)
            except StoreError:
                if time.monotonic() + pause > until:
                    raise
            time.sleep(pause)
            pause = min(_PAUSE_S, pause * 2)

    def _reaching(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except OSError as error:
            raise StoreError(
                f"{self.uri} cannot be reached or refuses: {reason_of(error)}",
                "look at the address, the network, and the credentials in the environment",
            ) from None


def reason_of(error: Exception) -> str:
    """The first line of what a file system says, at most 300 characters."""
    return (str(error).strip().splitlines() or [repr(error)])[0][:300]


def _file_system(uri: str, key: str) -> tuple[Any, str]:
    """The file system of a URI or absolute path, and the path in it."""
    from pyarrow import fs

    try:
        files, path = fs.FileSystem.from_uri(uri)
        return files, path.rstrip("/")
    except OSError as error:  # S3 looks for the bucket's region
        raise StoreError(
            f"{shown(uri)} cannot be reached or refuses: {reason_of(error)}", "look at the address"
        ) from None
    except (ValueError, NotImplementedError) as error:  # the second: a scheme that this pyarrow was built without
        if urlsplit(uri).scheme in ("", "s3", "gs", "gcs", "abfs", "abfss", "file", "hdfs"):
            raise ConfigError(
                f"{key} = {uri!r}: {reason_of(error)}",
                "write it like s3://bucket/runs?region=eu-west-1, gs://bucket/runs or /shared/runs",
            ) from None
    import fsspec

    try:
        own, path = fsspec.core.url_to_fs(uri)
    except (ValueError, ImportError) as error:
        raise ConfigError(
            f"{key} = {uri!r}: {reason_of(error)}", "use another scheme, or install what it needs"
        ) from None
    return fs.PyFileSystem(fs.FSSpecHandler(own)), path.rstrip("/")
