"""raymath: make, serve and measure a math model on a Ray cluster.

The supervised fine-tuning stage of DeepSeekMath, end to end: data, training, serving with tools, evaluation.
Importing this package is cheap: torch, ray and vllm are imported by the rooms that need them, when they do.
"""

__version__ = "0.1.0"
