"""The application as a Ray Serve configuration names it, for clusters where Serve itself starts and mends it.

    import_path: raymath.serve.service:application
    args: {config: deepseekmath-7b, models: {deepseekmath: /shared/models/deepseekmath}}

What it serves is what `raymath serve` does; host, port and route stand in Serve's own configuration. As Serve may
listen to other machines there, the settings have to name `serve.keys`, or say `serve.allow_anyone=true`. `raymath serve
MODEL --write FILE` writes such a configuration (`raymath.serve.deploy.config`).
"""

# Without `from __future__ import annotations`: Serve looks at the builder's annotation itself, and wants the class.

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from raymath.config import Settings, load


class ServiceArgs(BaseModel):
    """The ``args`` of the application in Serve's configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    models: dict[str, str] = Field(min_length=1)
    """Name → directory that all nodes see (a LoRA adapter's too), one at a URI, or hub name."""
    config: str | None = None
    """A TOML file that all nodes see, or the name of one of raymath's own."""
    overrides: tuple[str, ...] = ()
    """``key=value``, over the file's."""
    settings: Settings | None = None
    """All settings, in place of the two."""


def application(args: ServiceArgs) -> Any:
    """The application (`raymath.serve.app.build`) of a Serve configuration.

    Raises:
        UserError: neither keys nor `serve.allow_anyone` are set, or the file of keys or a model cannot be read.
    """
    from raymath.models import resolve
    from raymath.serve.app import build
    from raymath.serve.deploy import ANY_HOST, with_keys

    settings = args.settings or load(args.config, list(args.overrides))
    models = {name: resolve(model, fetch=False, adapters=True) for name, model in args.models.items()}
    return build(models, with_keys(settings, ANY_HOST))
