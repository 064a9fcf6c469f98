"""A build in progress on disk: files that are complete or absent, so that a killed build goes on where it was.

    stage = Staging.open(out / "staging", key)
    write(stage.folder("curated") / "00000-000003.parquet", table)     # in a worker, under its final name at once
    done = stage.done("curated")                                       # names of the files that are there

`key` names all that the files depend on; under another key the folder is emptied. What they hold is left to
those who write them.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raymath.runs import write_json

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Staging:
    """The folder of one build in progress."""

    path: Path

    @classmethod
    def open(cls, path: Path, key: str) -> Staging:
        """The folder as an earlier build of the same key left it, or an empty one."""
        mark = path / "key.json"
        try:
            same = read_json(mark) == key
        except (OSError, ValueError):
            same = False
        if not same:
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True)
            write_json(mark, key)
        return cls(path)

    def folder(self, name: str) -> Path:
        """The folder of a stage's files."""
        folder = self.path / name
        folder.mkdir(exist_ok=True)
        return folder

    def done(self, name: str) -> set[str]:
        """Names of a stage's files, without suffix; what a killed writer left half is taken away."""
        found = set()
        for file in self.folder(name).iterdir():
            if file.name.startswith("."):
                file.unlink(missing_ok=True)
            else:
                found.add(file.stem)
        return found

    def close(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self.path, ignore_errors=True)


def write(path: Path, table: pa.Table, note: Any = None) -> None:
    """Write a table as Parquet, one row group, complete or absent. `note`: anything JSON holds, see `note_of`."""
    import pyarrow.parquet as pq

    if note is not None:
        table = table.replace_schema_metadata({b"note": json.dumps(note, ensure_ascii=False).encode()})
    partial = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(2)}")
    pq.write_table(table, partial, compression="zstd", row_group_size=max(1, table.num_rows))
    partial.replace(path)


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


def mark(path: Path) -> list[tuple[str, int, int]]:
    """What tells a file, or those of a directory, from changed ones: name, size, time; nothing where there is none."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [(str(file), (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files if file.is_file()]


def _sources() -> Iterable[Path]:
    return sorted(Path(__file__).parents[1].rglob("*.py"))
