"""Ask a model many things, resumably.

    with Store("generations.jsonl") as store:
        outcome = asyncio.run(run(requests, ServeGenerator(handle), store, concurrency=32))

`generators` are the ways to reach a model, `store` keeps what came back, `runner` brings the two together.
What to ask is left to the caller (`raymath.eval.sweep`, `raymath.annotate`), and so is judging the answers.
"""

from raymath.rollout.generators import Generator, HttpGenerator, Request, Sampling, ServeGenerator
from raymath.rollout.runner import Outcome, run
from raymath.rollout.store import Store

__all__ = ["Generator", "HttpGenerator", "Outcome", "Request", "Sampling", "ServeGenerator", "Store", "run"]
