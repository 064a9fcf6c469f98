"""Which complete checkpoints a run has, on this machine's disk and in its store.

    found = look(out / "checkpoints", Store(address))      # the newest first
    fetch(out, settings.train)                             # the newest one, on this disk

Loads no torch: drivers and exports use it too. Going on from one is left to `raymath.train.resuming`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from raymath.config import TrainSettings
from raymath.errors import MachineError
from raymath.train import checkpoint
from raymath.train.checkpoint import Marker
from raymath.train.group import words
from raymath.train.job import store_address
from raymath.train.store import Store


@dataclass(frozen=True)
class Found:
    """A complete checkpoint: ``here`` on this disk, or in the store under the name ``stored``, or both."""

    marker: Marker
    here: bool
    stored: str | None

    @property
    def step(self) -> int:
        """The steps that it comes after."""
        return self.marker.position.step


def look(root: Path, store: Store | None) -> list[Found]:
    """All complete checkpoints, the newest first.

    Raises:
        StoreError: the store cannot be reached.
    """
    here = {marker.position.step: marker for _, marker in checkpoint.complete(root)}
    found = {step: Found(marker, here=True, stored=None) for step, marker in here.items()}
    for name, marker in store.complete() if store else ():
        step = marker.position.step
        # A step that was done again is another attempt, and its files may differ.
        if step not in here or here[step].files == marker.files:
            found[step] = Found(marker, here=step in here, stored=name)
    return [found[step] for step in sorted(found, reverse=True)]


def fetch(out: Path, settings: TrainSettings, step: int | None = None) -> None:
    """Bring the newest checkpoint, or that of a step, from the store to this disk; does nothing without a store.

    Raises:
        MachineError: the store cannot be reached, what it has is damaged, or the disk is full.
    """
    address, root = store_address(settings, out), out / "checkpoints"
    if address is None:
        return
    store = Store(address)
    found = next((one for one in look(root, store) if step in (None, one.step)), None)
    if found is None or found.here or found.stored is None:
        return
    path = checkpoint.directory(root, found.step)
    try:
        store.fetch(found.stored, found.marker.files, path)
        checkpoint.restrict(path, found.marker.files)
        checkpoint.finish(path, found.marker.position, found.marker.files)
    except (OSError, ValueError) as error:
        raise MachineError(
            f"step {found.step} of {store.uri} cannot be brought to {path}: {words(error)}", "make room, or try again"
        ) from None
