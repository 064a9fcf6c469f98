"""A build in progress on disk: files that are complete or absent, so that a killed build goes on where it was.

    stage = Staging.open(out / "staging", key)
    write(stage.folder("curated") / "00000-000003.parquet", table)     # in a worker, under its final name at once
    done = stage.done("curated")                                       # names of the files that are there

`key` names all that the files depend on; under another key the folder is emptied. Where nodes share no disk, workers
write to a store (`uri`) and read from it, and the folder is the driver's copy. What the files hold is left to those who
write them.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raymath.files import listed
from raymath.runs import write_json
from raymath.storage import Place, below, is_uri, split

if TYPE_CHECKING:
    import pyarrow as pa

_PARALLEL = 8


@dataclass(frozen=True)
class Staging:
    """The folder of one build in progress, and where workers find it: there, or at a URI."""

    path: Path
    uri: str | None = None

    @classmethod
    def open(cls, path: Path, key: str, uri: str | None = None) -> Staging:
        """The folder as an earlier build of the same key left it, or an empty one.

        Args:
            path: on the driver's disk.
            key: of all that it depends on.
            uri: a store for what workers write and read, where they do not see `path`.
        """
        stage, mark = cls(path, uri), path / "key.json"
        if uri is not None:
            place = Place(uri)
            for other in set(place.names()) - {key}:
                place.remove_tree(other)
            stage = cls(path, below(uri, key))
        try:
            same = read_json(mark) == key
        except (OSError, ValueError):
            same = False
        if not same:
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True)
            write_json(mark, key)
        return stage

    def where(self, *names: str) -> str:
        """A file or folder of it as workers find it."""
        return str(self.path.joinpath(*names)) if self.uri is None else below(self.uri, *names)

    def put(self, file: Path) -> str:
        """Give workers a file of the folder; where they find it."""
        name = file.relative_to(self.path).as_posix()
        if self.uri is not None:
            Place(self.uri).put(file, name)
        return self.where(name)

    def fetch(self, name: str) -> None:
        """Bring here what workers have written to a stage's folder."""
        if self.uri is None:
            return
        place, folder = Place(self.uri), self.folder(name)
        here = {file.name for file in folder.iterdir()}
        with ThreadPoolExecutor(_PARALLEL) as pool:
            new = [one for one in place.names(name) if one not in here and not one.startswith(".")]
            list(pool.map(lambda one: place.get(f"{name}/{one}", folder / one), new))

    def folder(self, name: str) -> Path:
        """The folder of a stage's files."""
        folder = self.path / name
        folder.mkdir(exist_ok=True)
        return folder

    def done(self, name: str) -> set[str]:
        """Names of a stage's files, without suffix; what a killed writer left half is taken away."""
        self.fetch(name)
        found = set()
        for file in self.folder(name).iterdir():
            if file.name.startswith("."):
                file.unlink(missing_ok=True)
            else:
                found.add(file.stem)
        return found

    def close(self) -> None:
        """Take the folder away, in the store too."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self.uri is not None and Place(self.uri).names():
            Place(self.uri).remove_tree("")


def join(folder: str, *names: str) -> str:
    """A file of a folder that `Staging.where` gave."""
    return below(folder, *names) if is_uri(folder) else str(Path(folder).joinpath(*names))


def write(path: str | Path, table: pa.Table, note: Any = None) -> None:
    """Write a table as Parquet, one row group, complete or absent. `note`: anything JSON holds, see `note_of`."""
    import pyarrow.parquet as pq

    if is_uri(path):
        folder, name = split(str(path))
        with tempfile.TemporaryDirectory(prefix="raymath-staging-") as made:
            write(Path(made) / name, table, note)
            Place(folder).put(Path(made) / name, name)
        return
    path = Path(path)

    if note is not None:
        table = table.replace_schema_metadata({b"note": json.dumps(note, ensure_ascii=False).encode()})
    partial = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(2)}")
    pq.write_table(table, partial, compression="zstd", row_group_size=max(1, table.num_rows))
    partial.replace(path)


def write_value(path: str, value: Any) -> None:
    """Write JSON, complete or absent."""
    if is_uri(path):
        folder, name = split(path)
        Place(folder).write(name, json.dumps(value, ensure_ascii=False).encode())
    else:
        write_json(Path(path), value)


def rows(path: str, columns: Sequence[str], taken: Sequence[int]) -> pa.Table:
    """Some rows of what `write` wrote."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not is_uri(path):
        return pq.read_table(path, columns=list(columns)).take(taken)
    folder, name = split(path)
    return pq.read_table(pa.BufferReader(Place(folder).read(name)), columns=list(columns)).take(taken)


def content(path: str) -> bytes:
    """A whole file."""
    if not is_uri(path):
        return Path(path).read_bytes()
    folder, name = split(path)
    return Place(folder).read(name)


def note_of(path: Path) -> Any:
    """What was given to `write` beside the table."""
    import pyarrow.parquet as pq

    return json.loads(pq.read_schema(path).metadata[b"note"])


def read_json(path: Path) -> Any:
    """What a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))


def key(*parts: Any) -> str:
    """A name for everything that `parts` say (values that JSON holds), and for raymath's own code."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode())
    for file in _sources():
        digest.update(file.read_bytes())
    return digest.hexdigest()


def mark(where: str) -> list[tuple[str, int, int]]:
    """What tells a file, or those of a directory, from changed ones: name, size, time; nothing where there is none."""
    if is_uri(where):
        return [(name, *kept) for name, kept in listed(where).items()]
    path = Path(where)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [(str(file), (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files if file.is_file()]


def _sources() -> Iterable[Path]:
    return sorted(Path(__file__).parents[1].rglob("*.py"))
