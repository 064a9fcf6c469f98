"""A teacher solves problems with tools; what is right becomes training examples.

    summary = annotate(problems, teacher, settings.annotate, run.path / "annotate")

`run` asks the teacher and writes down what is kept, `select` says which samples are kept and why the others are not,
`programs` tells programs apart. Reaching the teacher is left to `raymath.rollout`, reading problems to
`raymath.data.questions`.
"""
