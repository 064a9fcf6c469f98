"""Serve models behind Ray Serve, each with its tools: `NAME` is the plain model, `NAME:tir` runs what it writes.

    with deploy({"mine": "path/to/model"}, settings) as deployment:
        print(deployment.url)                       # OpenAI's API: /v1/chat/completions, /v1/models, /health
        answer = deployment.handle("mine").solve.remote(message, "tir", sampling, "raymath")

How the parts stand to each other:

- `toolloop` and `protocols` are pure: text in, next action out. They know neither Ray nor vLLM.
- `engine` is the only door to vLLM; `keeper` ends its processes with ours, `cores` says where they compute. `driver`
  walks a tool loop with an engine and a sandbox.
- `routes` and `gateway` are the HTTP side without Ray, which `openapi` describes: `keys` and `limits` say who may ask
  what, `observe` and `metrics` what is told of it, `page` is for the browser, `terminal` for the terminal.
- `proxy` answers where the gateway is lost.
- `app` has the two Serve deployments: one a model, and the gateway that HTTP reaches.
- `deploy` starts them, waits until they are ready, and takes them down again.

Running programs is left to `raymath.sandbox`, judging answers to `raymath.eval`.
"""
