"""What a build reads: the files of the sources, each a job, and the files of the benchmarks it must not meet.

    for job in jobs(settings): job["source"], job["file"]

Every fault that a look at the files can show is raised here, before any work is done. How rows are read is left to
`sources`.
"""

from __future__ import annotations

from typing import Any

from raymath.config import Settings
from raymath.data import fill, sources
from raymath.errors import DataError


def jobs(settings: Settings) -> list[dict[str, Any]]:
    """One entry a file, in the order of the sources: number, source, file, adapter, licence.

    Raises:
        DataError: no source, or one whose adapter, file or filter is none.
    """
    if not settings.data.sources:
        raise DataError("the mix has no source", "add a table [data.sources.NAME] with adapter and path")
    found: list[dict[str, Any]] = []
    for name, source in settings.data.sources.items():
        if source.adapter == fill.ADAPTER:
            fill.templates(name, source.only)
            continue
        sources.adapter(source.adapter, name)
        for file in sources.files(name, source, settings.data.root):
            place = {"number": len(found), "source": name, "file": str(file.absolute())}
            found.append(place | {"adapter": source.adapter, "licence": source.licence or ""})
    return found
