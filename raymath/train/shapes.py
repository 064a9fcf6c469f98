"""The sizes of a decoder's matrices, as far as memory and time follow from them.

Shape.from_config(json.loads((directory / "config.json").read_text())).parameters
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from raymath.errors import ModelError
from raymath.presets import EMBEDDED
from raymath.records import Record


class Shape(Record):
    """A decoder with gated feed-forward layers (Llama, Qwen2, Mistral and their like).

    ``key_value_width`` is the key-value heads times the width of a head; ``attention_width`` the same of all heads.
    """

    vocabulary: int
    hidden: int
    layers: int
    heads: int
    attention_width: int
    key_value_width: int
    intermediate: int
    tied: bool

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Shape:
        """From the contents of a config.json.

        Raises:
            ModelError: a size is missing.
        """
        try:
            heads, hidden = int(config["num_attention_heads"]), int(config["hidden_size"])
            width = int(config.get("head_dim") or hidden // heads)
            return cls(
                vocabulary=config["vocab_size"],
                hidden=hidden,
                layers=config["num_hidden_layers"],
                heads=heads,
                attention_width=heads * width,
                key_value_width=int(config.get("num_key_value_heads") or heads) * width,
                intermediate=config["intermediate_size"],
                tied=bool(config.get("tie_word_embeddings", False)),
            )
        except KeyError as error:
            raise ModelError(
                f"the model's config.json has no {error}", "plan with a Llama-like model, or measure one step"
            ) from None

    @property
    def parameters(self) -> int:
        """Number of weights; biases, where a model has them, are too few to matter."""
        attention = 2 * self.hidden * (self.attention_width + self.key_value_width)
        layer = attention + 3 * self.hidden * self.intermediate + 2 * self.hidden
        return (1 if self.tied else 2) * self.vocabulary * self.hidden + self.layers * layer + self.hidden

    def lora_parameters(self, rank: int, targets: Collection[str] = ()) -> int:
        """Weights of LoRA's matrices of a rank beside the layers named, or (none named) beside all of them."""
        wide, narrow = self.attention_width, self.key_value_width
        sides = {
            "q_proj": self.hidden + wide,
            "k_proj": self.hidden + narrow,
            "v_proj": self.hidden + narrow,
            "o_proj": wide + self.hidden,
            "gate_proj": self.hidden + self.intermediate,
            "up_proj": self.hidden + self.intermediate,
            "down_proj": self.intermediate + self.hidden,
        }
        return rank * self.layers * sum(size for name, size in sides.items() if not targets or name in targets)

    def flops_per_token(self, context: int) -> float:
        """Of forward and backward pass: six for each weight that multiplies, and causal attention over the context."""
        embedding = 0 if self.tied else self.vocabulary * self.hidden  # looked up, not multiplied
        return 6 * (self.parameters - embedding) + 6 * self.layers * self.attention_width * context


#: Models that can be planned for without their files, by hub name.
KNOWN = {
    "deepseek-ai/deepseek-math-7b-base": Shape(
        vocabulary=102400,
        hidden=4096,
        layers=30,
        heads=32,
        attention_width=4096,
        key_value_width=4096,
        intermediate=11008,
        tied=False,
    ),
    "deepseek-ai/deepseek-llm-67b-base": Shape(
        vocabulary=102400,
        hidden=8192,
        layers=95,
        heads=64,
        attention_width=8192,
        key_value_width=1024,
        intermediate=22016,
        tied=False,
    ),
    "deepseek-ai/deepseek-coder-1.3b-base": Shape(
        vocabulary=32256,
        hidden=2048,
        layers=24,
        heads=16,
        attention_width=2048,
        key_value_width=2048,
        intermediate=5504,
        tied=False,
    ),
    EMBEDDED: Shape(
        vocabulary=49152,
        hidden=576,
        layers=30,
        heads=9,
        attention_width=576,
        key_value_width=192,
        intermediate=1536,
        tied=True,
    ),
}
