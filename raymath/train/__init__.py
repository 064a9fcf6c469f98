"""The training room: from packs to a fine-tuned model, exact and restartable.

    feed → collate → loss → engine (DeepSpeed) → loop → checkpoint → export

`run.train` runs it on a Ray cluster and `plan.plan` says beforehand what that takes; `loop.train` is the same
work as a plain function, for `torchrun` or one process. What the data is and in which order it comes is left to
`raymath.data`.
"""
