"""What became of every row, stage by stage: counts of chunks, added up into the manifest.

    ledger = Ledger(settings.data.sources)
    ledger.add(count(rows))                 # of each chunk, made in a worker
    ledger.set_aside("deduplicate", "gsm8k", "the same question in the same format")
    ledger.stages(), ledger.sources, ledger.rejected()

Reasons are counted by their kind, the part before ``": "``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


#: The stages of curation, in order; generated rows have two of their own after them.
STAGES = ("read", "normalise", "screen", "verify", "label", "decontaminate", "deduplicate", "draw")
GENERATED = ("generate", "run")


def count(rows: pa.Table) -> dict[str, Any]:
    """The counts of some rows of one source (`raymath.data.rows.row_schema`), as JSON holds them."""
    table = rows.drop_columns(["example"]).to_pylist()
    aside: dict[str, Counter[str]] = {}
    notes: Counter[str] = Counter()
    hits: dict[str, Counter[str]] = {}
    for row in table:
        if row["reason"] is not None:
            aside.setdefault(row["stage"], Counter())[kind_of(row["reason"])] += 1
        notes.update(row["notes"])
        for hit in row["hits"]:
            hits.setdefault(hit["benchmark"], Counter())[hit["kind"]] += 1
    return {
        "source": table[0]["source"],
        "rows": len(table),
        "programs": sum(row["programs"] for row in table),
        "set_aside": aside,
        "notes": notes,
        "hits": hits,
    }


def kind_of(reason: str) -> str:
    """The kind of fault that a reason names."""
    return reason.partition(": ")[0]


class Ledger:
    """Adds up what the stages did.

    Args:
        sources: names, in the recipe's order.
    """

    def __init__(self, sources: Iterable[str]) -> None:
        self._aside: dict[str, Counter[str]] = {stage: Counter() for stage in (*STAGES, *GENERATED)}
        self._notes: dict[str, Counter[str]] = {stage: Counter() for stage in (*STAGES, *GENERATED)}
        self._taken_in = Counter({"read": 0, "generate": 0})
        #: Counts of each source.
        self.sources: dict[str, Counter[str]] = {name: Counter(rows=0, rejected=0, programs=0) for name in sources}
        self._reasons: dict[str, Counter[str]] = {name: Counter() for name in self.sources}
        #: {benchmark: {exact, ngram, suspect}}
        self.hits: dict[str, Counter[str]] = {}

    def add(self, counts: dict[str, Any]) -> None:
        """The counts of one chunk (`count`)."""
        own = self.sources[counts["source"]]
        own.update(rows=counts["rows"], programs=counts["programs"])
        self._taken_in["read"] += counts["rows"]
        for stage, reasons in counts["set_aside"].items():
            for reason, rows in reasons.items():
                self.set_aside(stage, counts["source"], reason, rows)
        for note, rows in counts["notes"].items():
            stage, _, what = note.partition(": ")
            self.note(stage, what, rows)
            if stage == "verify":
                own["outputs_replaced"] += rows
        for benchmark, kinds in counts["hits"].items():
            self.hits.setdefault(benchmark, Counter()).update(kinds)

    def told(self, source: str, problems: int) -> None:
        """A generated source told so many problems."""
        self._taken_in["generate"] += problems
        self.sources[source]["rows"] += problems

    def set_aside(self, stage: str, source: str, reason: str, rows: int = 1) -> None:
        """`rows` of a source went no further than a stage."""
        if not rows:
            return
        self._aside[stage][kind_of(reason)] += rows
        self._reasons[source][kind_of(reason)] += rows
        self.sources[source]["rejected"] += rows

    def leave(self, stage: str, why: str, rows: int) -> None:
        """`rows` are good, and the mix does not take them."""
        if rows:
            self._aside[stage][why] += rows

    def note(self, stage: str, what: str, rows: int = 1) -> None:
        """A stage did something to `rows`."""
        self._notes[stage][what] += rows

    def stages(self) -> list[dict[str, Any]]:
        """One entry a stage: rows in and out, set aside by reason, what was done to how many."""
        entries, left = [], 0
        for stage, reasons in self._aside.items():
            left = self._taken_in.get(stage, left)
            out = left - reasons.total()
            notes = dict(self._notes[stage].most_common())
            aside = dict(reasons.most_common())
            entries.append({"stage": stage, "in": left, "out": out, "set_aside": aside, "notes": notes})
            left = out
        return entries

    def rejected(self) -> dict[str, dict[str, int]]:
        """{source: {reason: rows}}, the most frequent first."""
        return {name: dict(reasons.most_common()) for name, reasons in self._reasons.items()}
