"""What the tests of a live server share: its name for clients, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from raymath.records import Example
from raymath.serve.deploy import Deployment

NAME = "by-heart"


@dataclass(frozen=True)
class Served:
    """A live server, the example its model knows, and the example's ids as training renders them."""

    deployment: Deployment
    example: Example
    prompt_ids: list[int]
    solution_ids: list[int]
    transcript: str
    engines: list[psutil.Process]
