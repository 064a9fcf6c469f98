"""Real labelled rows for the rules of `raymath.data.labels`, split once for all: one half to tune by, one to measure.

A row belongs to a half by the hash of its id alone. Those who write rules look at `tuning` and never at `held_out`.
"""

from __future__ import annotations

import gzip
import json
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from raymath.data.labels.chinese_sources import topics_of


class Labelled(NamedTuple):
    """A row's text and the one sub-topic that its source's label names."""

    id: str
    question: str
    solution: str
    label: str
    topic: str


def labelled(root: Path) -> list[Labelled]:
    """Rows of TAL-SCQ5K (Chinese) and CM17K whose label names one sub-topic, in the order of their hashes."""
    rows: list[Labelled] = []
    for name in ("zh_tal_scq5k_train", "zh_cm17k_valid"):
        with gzip.open(root / "train" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            for row in map(json.loads, file):
                label = "; ".join(row["topics"]) if "topics" in row else row["topic"]
                options = " ".join(row["options"].values()) if "options" in row else ""
                topics = topics_of(label or "")
                if len(topics) == 1:
                    rows.append(Labelled(row["id"], f"{row['question']} {options}", row["solution"], label, topics[0]))
    return sorted(rows, key=lambda row: _hash(row.id))


def tuning(root: Path) -> list[Labelled]:
    """The half that rules may be written by."""
    return [row for row in labelled(root) if not _hash(row.id)[0] % 2]


def held_out(root: Path, count: int = 500) -> list[Labelled]:
    """`count` rows of the other half."""
    return [row for row in labelled(root) if _hash(row.id)[0] % 2][:count]


def _hash(identity: str) -> bytes:
    return blake2b(identity.encode(), digest_size=8).digest()
