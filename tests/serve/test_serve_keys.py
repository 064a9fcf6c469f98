"""API keys in their file, and what a caller may ask."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raymath.config import load
from raymath.errors import ConfigError, UserError
from raymath.serve import keys
from raymath.serve.limits import MOST_LEVELS, Callers, Limits, bound, parse, seconds
from raymath.serve.wire import MOST_CHOICES, RefusalError


def test_a_key_is_found_until_it_is_revoked_and_stands_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    ada, bob = keys.add(file, "ada", max_rounds=2), keys.add(file, "bob")
    ring = keys.KeyRing(file)
    found = ring.find(ada)
    assert found is not None
    assert (found.name, found.max_rounds, found.max_tokens) == ("ada", 2, None)
    assert ada not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ring.find(ada[:-1]) is None
    assert ring.find("") is None
    assert ring.find("\ud800") is None
    keys.revoke(file, "ada")
    assert ring.find(ada) is None  # the same ring: a server that runs
    assert ring.find(bob) is not None
    file.unlink()
    with pytest.raises(UserError):
        ring.find(bob)


@pytest.mark.parametrize("name", ["", "a b", "x\n", "a" * 65, "ada"])
def test_names_that_cannot_be_are_refused(tmp_path: Path, name: str) -> None:
    keys.add(tmp_path / "keys", "ada")
    with pytest.raises(UserError):
        keys.add(tmp_path / "keys", name)


def test_a_broken_file_is_refused_without_repeating_it(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    keys.add(file, "ada")
    file.write_text(file.read_text() + '{"name": "secret"}\n')
    with pytest.raises(UserError, match="line 2") as refused:
        keys.KeyRing(file)
    assert "secret" not in str(refused.value)
    other = tmp_path / "other"
    keys.add(other, "ada")
    with pytest.raises(UserError, match="no key called 'eve'"):
        keys.revoke(other, "eve")


def test_serving_others_without_keys_is_refused(tmp_path: Path) -> None:
    from raymath.serve.deploy import with_keys

    for host in ("127.0.0.1", "::1", "localhost", "127.1.2.3"):
        assert with_keys(load(), host) == load()
    for host in ("0.0.0.0", "::", "10.0.0.1", "example.org"):
        with pytest.raises(ConfigError, match=r"serve\.keys"):
            with_keys(load(), host)
        with_keys(load(None, ["serve.allow_anyone=true"]), host)
    with pytest.raises(UserError, match="cannot read"):
        with_keys(load(None, [f"serve.keys={tmp_path}/none"]), "127.0.0.1")


def test_requests_a_minute_and_in_flight() -> None:
    now = 0.0
    callers = Callers(lambda: now)
    ada = Limits("ada", requests_per_minute=2)
    for _ in range(2):
        with callers.admit(ada):
            pass
    with pytest.raises(RefusalError, match="2 times a minute") as refused, callers.admit(ada):
        pass
    assert (refused.value.status, refused.value.wait) == (429, 30)
    with callers.admit(Limits("bob", requests_per_minute=2)):
        pass
    now = 30.0
    with callers.admit(ada):
        pass
    one = Limits("eve", max_in_flight=1)
    with callers.admit(one), pytest.raises(RefusalError, match="under way"), callers.admit(one):
        pass
    with callers.admit(one):
        pass


@given(st.lists(st.floats(0, 20), max_size=60), st.integers(1, 30))
def test_no_minute_has_more_requests_than_the_burst_and_the_rate(steps: list[float], rate: int) -> None:
    now = 0.0
    callers = Callers(lambda: now)
    let_in = []
    for step in steps:
        now += step
        try:
            with callers.admit(Limits("ada", requests_per_minute=rate)):
                let_in.append(now)
        except RefusalError:
            pass
    for start in let_in:
        assert sum(start <= at <= start + 60 for at in let_in) <= 2 * rate


def test_a_bodys_bounds() -> None:
    assert parse(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}
    assert parse(b'{"a": "\\\\ud800"}') == {"a": "\\ud800"}
    deep = b'{"a": ' + b"[" * (MOST_LEVELS - 1) + b"]" * (MOST_LEVELS - 1) + b"}"
    assert parse(deep)
    for wrong, why in (
        (b'{"a": ["\\uD800"]}', "lone surrogate"),
        (b'{"\\uD800": 1}', "lone surrogate"),
        (b'{"a": ' + b"[" * 100 + b"1" + b"]" * 100 + b"}", "levels"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"a": NaN}', "not valid JSON"),
        (b'{"a": 1e999}', "not valid JSON"),
        (b'{"a": ' + b"9" * 30 + b"}", "64 bits"),
        (b'{"a": ' + b"9" * 9999 + b"}", "not valid JSON"),
        (b"[]", "object"),
        (b"\xff", "not valid JSON"),
    ):
        with pytest.raises(RefusalError, match=why) as refused:
            parse(wrong)
        assert refused.value.status == 400


def test_a_keys_limits_are_refused_over_and_set_where_nothing_is_said() -> None:
    limits = Limits("ada", max_tokens=10, max_rounds=2)
    assert bound({}, limits) == {"max_tokens": 10, "rounds": 2}
    assert bound({"max_completion_tokens": 3, "rounds": 1}, limits) == {"max_completion_tokens": 3, "rounds": 1}
    assert bound({"x": 1}, Limits("")) == {"x": 1}
    wrong: list[dict[str, Any]] = [{"max_tokens": 11}, {"rounds": 3}, {"max_tokens": "1"}, {"n": 0}, {"n": True}]
    wrong += [{"messages": None}, {"messages": "x"}, {"messages": [None]}]
    wrong += [{"max_completion_tokens": 11}, {"n": MOST_CHOICES + 1}, {"prompt": ["a"] * 5, "n": 13}]
    for data in wrong:
        with pytest.raises(RefusalError):
            bound(data, limits)
    assert seconds({"timeout": 2}, "timeout") == 2.0
    assert seconds({}, "timeout") is None
    for value in (0, -1, "1", True, []):
        with pytest.raises(RefusalError):
            seconds({"timeout": value}, "timeout")
