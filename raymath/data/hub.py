"""Rows of a Hugging Face dataset, streamed: nothing is downloaded whole.

    for row in rows("openai/gsm8k", "main", "train"): ...

A local directory in the hub's layout works in place of a name. Whether a dataset may be trained on is left to
`sources`, what its fields mean to `adapters`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from raymath.errors import DataError


def rows(hub: str, config: str | None, split: str) -> Iterator[dict[str, Any]]:
    """The rows of one split, in the dataset's order.

    Raises:
        DataError: there is no such dataset, configuration or split, or it cannot be reached, also in mid-stream.
    """
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    try:
        yield from load_dataset(hub, config, split=split, streaming=True)
    except (OSError, ValueError, RuntimeError, DatasetsError) as error:
        # OSError covers an unknown name and a network that fails, ValueError a configuration or split.
        where = f"'{hub}'" + (f" ({config})" if config else "")
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(
            f"the split '{split}' of the dataset {where} cannot be read: {reason[:300]}",
            "check name, hub_config, split and network, or give a local directory as hub",
        ) from None
