"""Clients that ask a server all the time while something breaks, and say of each request how it ended."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import openai

#: How long a client tries one request again: a replica has to be started meanwhile, on a machine that does other work.
PATIENCE_S = 900


class Load:
    """Clients in threads, half of which give up at the first error, while the others try again until they are answered.

    Each asks one request after another, in turns as a whole and as a stream.

    Args:
        url: of the server.
        model: whom to ask.
        right: the answers that are.
        clients: how many.
    """

    def __init__(self, url: str, model: str, right: Collection[str], clients: int = 6) -> None:
        self._url, self._model, self._right, self._count = url, model, right, clients
        self.ended: Counter[str] = Counter()  # right, refused, lost
        self.answers: Counter[str] = Counter()
        self.tried_again = 0
        self.wrong: list[str] = []
        self._stop = threading.Event()
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Ask while the block lasts; what is under way at its end is waited for."""
        threads = [threading.Thread(target=self._client, args=(n,), daemon=True) for n in range(self._count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(PATIENCE_S + 100)
        assert not any(thread.is_alive() for thread in threads), "a request has never ended"

    def more(self, answers: int) -> None:
        """Wait for so many further right answers."""
        wanted, deadline = self.ended["right"] + answers, time.monotonic() + PATIENCE_S
        while self.ended["right"] < wanted:
            assert time.monotonic() < deadline, (self.ended, self.wrong)
            assert not self.wrong, self.wrong
            time.sleep(0.1)

    def _client(self, number: int) -> None:
        insists = number % 2 == 0
        turn = number // 2
        with openai.OpenAI(base_url=f"{self._url}/v1", api_key="none", max_retries=0, timeout=PATIENCE_S) as client:
            while not self._stop.is_set():
                turn += 1
                began = time.monotonic()
                ended = self._ask(client, stream=turn % 2 == 0)
                while insists and ended != "right" and time.monotonic() < began + PATIENCE_S:
                    self.tried_again += 1
                    time.sleep(1)
                    ended = self._ask(client, stream=turn % 2 == 0)
                with self._lock:
                    self.ended[ended] += 1
                    if insists and ended != "right":
                        self.wrong.append(f"never answered: {ended}")
                if ended != "right":
                    time.sleep(0.5)

    def _ask(self, client: openai.OpenAI, stream: bool) -> str:
        """right: so it was answered; refused: an error that says that it may be tried again; lost: no answer came."""
        asked: dict[str, Any] = {"messages": [{"role": "user", "content": "6 times 7?"}], "temperature": 0}
        asked |= {"model": self._model, "max_tokens": 256, "stream": stream}
        try:
            answer = client.chat.completions.create(**asked)
            text, finish = _assembled(answer) if stream else _whole(answer)
        except openai.APIStatusError as error:
            if error.status_code == 503 and error.response.headers.get("retry-after"):
                return "refused"
            return self._no(f"status {error.status_code} {error.response.headers}: {error.response.text[:500]}")
        except (openai.APIConnectionError, httpx.TransportError):
            return "lost"
        except openai.APIError as error:  # an event of a stream that had begun
            said: Any = error.body
            return "refused" if isinstance(said, dict) and said.get("code") == 503 else self._no(repr(error))
        if finish is None:
            return self._no(f"a stream ended without a word after {text!r}")
        if text not in self._right:
            return self._no(f"{finish}: {text!r}")
        self.answers[text] += 1
        return "right"

    def _no(self, what: str) -> str:
        self.wrong.append(what)
        return "wrong"


def _whole(answer: Any) -> tuple[str, str | None]:
    return answer.choices[0].message.content, answer.choices[0].finish_reason


def _assembled(chunks: Any) -> tuple[str, str | None]:
    text, finish = "", None
    for chunk in chunks:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
    return text, finish
