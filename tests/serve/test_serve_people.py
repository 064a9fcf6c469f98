"""The terminal and the page, against the real HTTP side with a model that answers from a list."""

from __future__ import annotations

import asyncio
import io
import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from rich.console import Console

from raymath.config import ServeSettings
from raymath.serve import page
from raymath.serve.asgi import Head
from raymath.serve.observe import Journal
from raymath.serve.routes import application
from raymath.serve.terminal import Chat, show
from raymath.serve.wire import RefusalError, chunk

HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
PIECES = [
    ("text", "We compute $x^2$ first.\n"),
    ("code", "```python\n"),
    ("code", "print(6 * 7)\n```\n"),
    ("output", f"```output\n42 {HOSTILE}\n```\n"),
    ("text", f"So {HOSTILE} $$\\frac{{1}}{{2}}$$ \\(\\text{{</mtext><script>x</script>}}\\) $\\boxed{{42}}$."),
]


class Told:
    """A model that tells `PIECES`."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    async def waiting(self) -> list[str]:
        return []

    async def __call__(self, model: str, path: str, body: bytes, session: str) -> AsyncIterator[Head | bytes]:
        self.asked.append(json.loads(body))
        yield Head(200, "text/event-stream; charset=utf-8")
        for kind, text in PIECES:
            event = chunk("id", model, 0, {"content": text}) | {"raymath": {"kind": kind}}
            yield f"data: {json.dumps(event)}\n\n".encode()
        yield f"data: {json.dumps(chunk('id', model, 0, {}, 'stop'))}\n\ndata: [DONE]\n\n".encode()


@pytest.fixture
def told() -> Iterator[tuple[Told, str]]:
    """The model and the address of a live server for it."""
    model, own = Told(), ServeSettings()
    app = application({"m"}, model, own, Journal(own, lambda seen: None), lambda requests: None)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield model, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_the_terminal_shows_programs_and_keeps_the_conversation(told: tuple[Told, str]) -> None:
    model, url = told
    screen = io.StringIO()
    chat = Chat(f"{url}/v1", None, "tir", console=Console(file=screen, width=100))
    chat.answer("6 times 7?")
    shown = screen.getvalue()
    assert "We compute $x^2$ first." in shown
    assert re.search(r"program ─.*\n│ print\(6 \* 7\)", shown)
    assert re.search(r"output ─.*\n│ 42 <img", shown)
    assert "```" not in shown
    chat.answer("And more?")
    assert [one["model"] for one in model.asked] == ["m:tir", "m:tir"]
    assert [message["role"] for message in model.asked[1]["messages"]] == ["user", "assistant", "user"]
    assert model.asked[1]["messages"][1]["content"] == "".join(text for _, text in PIECES)


def test_nothing_that_a_model_writes_reaches_the_terminal_as_a_command() -> None:
    screen = io.StringIO()
    show([("text", "\x1b[2J\x1b]0;owned\x07 [bold]x[/bold]"), ("output", "\x9b1m")], Console(file=screen, width=80))
    assert not set(screen.getvalue()) & {"\x1b", "\x07", "\x9b"}
    assert "[bold]x[/bold]" in screen.getvalue()


def test_an_error_is_shown_and_not_kept(told: tuple[Told, str]) -> None:
    screen = io.StringIO()
    chat = Chat(f"{told[1]}/v1", "nobody", "cot", console=Console(file=screen, width=100))
    chat.answer("1 + 1?")
    assert "does not exist" in screen.getvalue()
    assert chat.history == []


def test_formulas_become_mathml_and_text_in_them_is_escaped() -> None:
    good, bad, long, hostile = page.mathml(
        [
            {"latex": "\\frac{1}{2}", "block": True},
            {"latex": "\\left( x"},
            {"latex": "x" * 9999},
            {"latex": "\\text{<script>}<img>"},
        ]
    )
    assert good is not None
    assert "<mfrac>" in good
    assert 'display="block"' in good
    assert long is None
    assert bad is None or bad.startswith("<math")
    assert hostile is None or not re.search("<(script|img)", hostile)
    assert page.mathml([{"latex": "{" * 1900}]) in ([None], page.mathml([{"latex": "{" * 1900}]))
    for wrong in (None, "x", [1], [{"latex": 1}], [{"latex": "x"}] * 300):
        with pytest.raises(RefusalError):
            page.mathml(wrong)


def test_the_page_comes_from_the_server_alone(told: tuple[Told, str]) -> None:
    answer = httpx.get(told[1])
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    for name in ("page.css", "page.js"):
        assert httpx.get(f"{told[1]}/{name}").status_code == 200
    together = answer.text + httpx.get(f"{told[1]}/page.js").text
    assert "innerHTML" not in together
    assert not re.search(r"(src|href)=\"(https?:)?//", together)


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--remote-debugging-port=0"]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
def test_a_browser_shows_an_answer_and_runs_nothing_of_it(told: tuple[Told, str], tmp_path: Path) -> None:
    assert CHROMIUM is not None
    browser = subprocess.Popen(
        [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path}/profile", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        seen = asyncio.run(_use(tmp_path / "profile" / "DevToolsActivePort", told[1], tmp_path / "page.png"))
    finally:
        browser.terminate()
        browser.wait(20)
    assert seen["title"] == "raymath"  # nothing that the model wrote ran
    assert seen["kinds"] == ["text", "code", "output", "text"]
    assert seen["program"] == "print(6 * 7)"
    assert seen["output"] == f"42 {HOSTILE}"
    assert seen["math"] >= 2
    assert seen["images"] == 0
    assert seen["wide"] is False  # a phone's width is enough
    assert told[0].asked[0]["model"] == "m:tir"
    assert (tmp_path / "page.png").stat().st_size > 5000


LOOK = """(async () => {
  for (let n = 0; n < 200 && !document.querySelector('#model option'); n++) await new Promise((r) => setTimeout(r, 50));
  document.getElementById('problem').value = '6 times 7?';
  document.getElementById('form').requestSubmit();
  for (let n = 0; n < 200 && !document.querySelector('button.copy'); n++) await new Promise((r) => setTimeout(r, 50));
  for (let n = 0; n < 100 && document.querySelectorAll('math').length < 2; n++)
    await new Promise((r) => setTimeout(r, 50));
  const blocks = [...document.querySelectorAll('.text, pre')];
  return JSON.stringify({
    title: document.title, kinds: blocks.map((b) => b.className),
    program: document.querySelector('pre.code').textContent, output: document.querySelector('pre.output').textContent,
    math: document.querySelectorAll('math').length, images: document.querySelectorAll('main img, main script').length,
    wide: document.documentElement.scrollWidth > innerWidth });
})()"""


async def _use(port_file: Path, url: str, picture: Path) -> dict[str, Any]:
    """Open the page as a phone does, solve a problem, and say what is there."""
    import base64

    from websockets.asyncio.client import connect

    deadline = time.monotonic() + 60
    while not port_file.exists() or not port_file.read_text().strip():
        assert time.monotonic() < deadline, "the browser did not start"
        await asyncio.sleep(0.1)
    port = port_file.read_text().split()[0]
    async with httpx.AsyncClient() as http:
        targets = (await http.get(f"http://127.0.0.1:{port}/json")).json()
    tab = next(target for target in targets if target["type"] == "page")
    async with connect(tab["webSocketDebuggerUrl"], max_size=None) as socket:

        async def do(method: str, **params: Any) -> Any:
            await socket.send(json.dumps({"id": 1, "method": method, "params": params}))
            while (answer := json.loads(await socket.recv())).get("id") != 1:
                pass
            return answer["result"]

        await do("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=2, mobile=True)
        await do("Page.navigate", url=url)
        await asyncio.sleep(1)
        found = await do("Runtime.evaluate", expression=LOOK, awaitPromise=True, returnByValue=True)
        shot = await do("Page.captureScreenshot", format="png")
        picture.write_bytes(base64.b64decode(shot["data"]))
    assert "value" in found["result"], found
    seen: dict[str, Any] = json.loads(found["result"]["value"])
    return seen
