"""Files as people name them: a path or a URI, relative to a root that is either; a file, a directory or a glob.

    where = at(settings.data.root, "train/*.jsonl.gz")
    for name, kept in listed(where).items():               # paths or URIs, with size and time
        with local(name).open("rb") as file: ...           # one at a URI is brought here once

How stores are reached is left to `raymath.storage`.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path, PurePosixPath

from raymath.errors import MachineError
from raymath.storage import Kept, Place, below, cache_dir, is_uri, shown, spelled, split


def at(root: str, path: str) -> str:
    """Where a path is that starts from a root, as an absolute path or a URI; without a root, the working directory."""
    if is_uri(path):
        return spelled(path)
    own = Path(path).expanduser()
    if is_uri(root) and not own.is_absolute():
        return spelled(root) if path == "." else below(spelled(root), own.as_posix())
    return str((Path(root).expanduser() / own).absolute())


def name_of(where: str) -> PurePosixPath:
    """The path in an address, for its last parts: ``bucket/raw/test.jsonl`` of ``s3://bucket/raw/test.jsonl?…``."""
    return PurePosixPath(shown(where).partition("://")[2] if is_uri(where) else where)


def listed(where: str, endings: tuple[str, ...] = ("",)) -> dict[str, Kept]:
    """The files that an address names, sorted: a file, those directly in a directory, or those of a glob.

    Args:
        where: only its last part may be a glob; in a URI a question mark is no part of one, options follow it.
        endings: of the files that a directory stands for.

    Raises:
        StoreError: the store cannot be reached, or refuses.
        ConfigError: it is no store that is known.
    """
    if not is_uri(where):
        path = Path(where)
        if path.is_dir():
            found = [file for file in path.iterdir() if file.name.endswith(endings)]
        elif path.is_file():
            found = [path]
        else:
            found = list(path.parent.glob(path.name)) if path.parent.is_dir() else []
        stats = {str(file): file.stat() for file in sorted(found) if file.is_file()}
        return {name: Kept(stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()}
    folder, pattern = split(where)
    alone = len(name_of(where).parts) < 2  # a bucket is in nothing
    if not alone and (kept := Place(folder).look(pattern)) is not None:
        return {where: kept}
    if inside := Place(where).files():
        return {below(where, name): kept for name, kept in sorted(inside.items()) if name.endswith(endings)}
    beside = {} if alone else Place(folder).files()
    return {below(folder, name): kept for name, kept in sorted(beside.items()) if fnmatchcase(name, pattern)}


def local(where: str) -> Path:
    """A file as a path of this machine; one at a URI comes into the cache, and again once it is another one there.

    Raises:
        FileNotFoundError: there is none at the URI.
        StoreError: the store cannot be reached, or refuses.
        MachineError: it cannot be written here.
    """
    if not is_uri(where):
        return Path(where)
    folder, name = split(where)
    place = Place(folder)
    kept = place.look(name)
    if kept is None:
        raise FileNotFoundError(f"there is no {shown(where)}")
    known = blake2b(f"{shown(where)} {kept.size} {kept.written}".encode(), digest_size=8).hexdigest()
    file = cache_dir() / "files" / known / name
    try:
        if not file.is_file():
            place.get(name, file)
    except OSError as error:
        raise MachineError(
            f"{shown(where)} cannot be written to {file.parent}: {error.strerror}",
            "make room there, or set RAYMATH_CACHE to another directory",
        ) from None
    return file
