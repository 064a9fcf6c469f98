"""The application as a Ray Serve configuration names it, for clusters where Serve itself starts and mends it.

    import_path: raymath.serve.service:application
    args: {config: deepseekmath-7b, models: {deepseekmath: /shared/models/deepseekmath}}

What it serves is what `raymath serve` does; host, port and route stand in Serve's own configuration.
"""

# Without `from __future__ import annotations`: Serve looks at the builder's annotation itself, and wants the class.

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from raymath.config import load


class ServiceArgs(BaseModel):
    """The ``args`` of the application in Serve's configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    models: dict[str, str] = Field(min_length=1)
    """Name → directory that all nodes see, or hub name."""
    config: str | None = None
    """A TOML file that all nodes see, or the name of one of raymath's own."""
    overrides: tuple[str, ...] = ()
    """``key=value``, over the file's."""


def application(args: ServiceArgs) -> Any:
    """The application (`raymath.serve.app.build`) of a Serve configuration."""
    from raymath.models import resolve
    from raymath.serve.app import build

    return build(
        {name: resolve(model) for name, model in args.models.items()},
        load(args.config, list(args.overrides)),
    )
