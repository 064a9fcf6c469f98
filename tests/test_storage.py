"""Places: a directory, memory, and S3 against a local server; runs that live there, seen from two machines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from s3_servers import bucket

from raymath import cli, storage
from raymath.config import load
from raymath.errors import ConfigError, UserError
from raymath.mirror import Mirror
from raymath.runs import Run
from raymath.storage import Place, StoreError, below, holds_credential, is_uri, redacted, spelled

SECRET = "private-words"


def test_what_is_put_somewhere_comes_back(uri: str, tmp_path: Path) -> None:
    place = Place(uri)
    assert place.names() == []
    assert place.tree() == {}
    assert not place.is_file("a/b.json")
    with pytest.raises(FileNotFoundError, match=r"a/b\.json"):
        place.read("a/b.json")
    place.write("a/b.json", b"one")
    place.write("a/b.json", b"two!")
    (tmp_path / "big").write_bytes(b"x" * 10_000_000)
    place.put(tmp_path / "big", "a/c/big")
    assert Place(uri).read("a/b.json") == b"two!"
    assert {name: kept.size for name, kept in place.tree("a").items()} == {"b.json": 4, "c/big": 10_000_000}
    assert set(place.names("a")) == {"b.json", "c"}
    place.get("a/c/big", tmp_path / "back" / "big")
    assert (tmp_path / "back" / "big").read_bytes() == (tmp_path / "big").read_bytes()
    place.remove("a/b.json")
    place.remove("a/b.json")
    place.remove_tree("a/c")
    assert place.tree() == {}


def test_a_file_that_is_cut_off_is_not_there(uri: str) -> None:
    place = Place(uri)

    class Torn:
        """A file whose disk fails in the middle."""

        def seek(self, _at: int) -> None:
            self.read_before = False

        def read(self, _size: int) -> bytes:
            if self.read_before:
                raise ValueError("the disk is gone")
            self.read_before = True
            return b"half"

    with pytest.raises(ValueError, match="the disk is gone"):
        place.send(Torn(), "a/torn")  # type: ignore[arg-type]
    if not uri.startswith("s3"):  # pyarrow completes an S3 upload that its caller gave up
        assert place.tree() == {}


def test_a_directory_and_its_home(uri: str, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for name in ("settings.json", "stages/data.json", "data/tokens/part-0", "data/staging/x", "train/checkpoints/s/w"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(name)
    one, other = Mirror(here, uri), Mirror(there, uri)
    assert not other.pull()
    one.push()
    assert set(Place(uri).tree()) == {"settings.json", "stages/data.json", "data/tokens/part-0"}
    assert other.pull(leave_out=["data/*"])
    assert not (there / "data").exists()
    assert other.pull("data")
    assert (there / "data/tokens/part-0").read_text() == "data/tokens/part-0"
    # What changes or goes on one side does so on the other.
    (here / "data/tokens/part-0").unlink()
    (here / "data/tokens/part-1").write_text("another")
    one.push("data")
    other.pull("data")
    assert [file.name for file in (there / "data/tokens").iterdir()] == ["part-1"]
    # What a killed command had not brought home stays, until home has something newer.
    (there / "settings.json").write_text("more of it")
    other.pull()
    assert (there / "settings.json").read_text() == "more of it"
    (here / "settings.json").write_text("newest")
    one.push()
    other.pull()
    assert (there / "settings.json").read_text() == "newest"


def test_it_is_kept_up_while_a_stage_works(uri: str, tmp_path: Path) -> None:
    (tmp_path / "eval").mkdir()
    place = Place(uri)
    with Mirror(tmp_path, uri).kept_up(every_s=0.01):
        for text in ("one\n", "one\ntwo\n"):
            (tmp_path / "eval/generations.jsonl").write_text(text)
            while not place.is_file("eval/generations.jsonl") or place.read("eval/generations.jsonl") != text.encode():
                pass


def test_a_run_at_a_uri_is_the_same_on_another_machine(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAYMATH_CACHE", str(tmp_path / "one"))
    # As the command line gives it: a Path has one slash less.
    run = Run.create(Path(uri), load("quickstart"))
    assert run.home == below(uri, run.path.name)
    assert run.settings.train.checkpoint_store == uri, "checkpoints go there while it trains"
    (run.path / "data").mkdir()
    (run.path / "data" / "manifest.json").write_text("{}")
    (run.path / "model").mkdir()
    (run.path / "model" / "config.json").write_text("{}")
    run.finish("data", {"result": f"{run.path}/data", "examples": 3, "parts": [f"{run.path}/data/tokens"]})
    assert run.at(f"{run.path}/data") == below(run.home, "data")
    assert run.at("/elsewhere/data") == "/elsewhere/data"

    monkeypatch.setenv("RAYMATH_CACHE", str(tmp_path / "two"))
    again = Run.open(run.where)
    assert again.path != run.path
    assert again.settings == run.settings
    assert again.finished("data") == {
        "result": f"{again.path}/data", "examples": 3, "parts": [f"{again.path}/data/tokens"],
    }  # fmt: skip
    assert not (again.path / "data").exists()
    assert (again.bring("data") / "manifest.json").is_file()
    assert not (again.path / "model").exists()
    assert again.change(["train.learning_rate=1e-6"]).settings.train.learning_rate == 1e-6
    monkeypatch.setenv("RAYMATH_CACHE", str(tmp_path / "three"))
    assert Run.open(run.where).settings.train.learning_rate == 1e-6
    with pytest.raises(UserError, match="is not a run"):
        Run.open(below(uri, "none"))


@pytest.mark.parametrize(
    "uri",
    [
        f"s3://someone:{SECRET}@bucket/runs",
        f"s3://{SECRET}@bucket/runs",
        f"s3://bucket/runs?secret_key={SECRET}",
        f"s3://bucket/runs?region=a&session_token={SECRET}",
        f"abfs://container@account/runs?sig={SECRET}",
        f"https://me:{SECRET}@host/runs",
    ],
)
def test_an_address_with_a_credential_is_refused_everywhere_and_not_repeated(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAYMATH_CACHE", str(tmp_path))
    assert holds_credential(uri)
    assert SECRET not in redacted(f"not found: {uri}, tried twice")
    for refused in (
        lambda: Place(uri),
        lambda: Run.create(uri, load("quickstart")),
        lambda: Run.create(Path(uri), load("quickstart")),
        lambda: Run.open(uri),
        lambda: load("quickstart", [f"train.checkpoint_store={uri}"]),
    ):
        with pytest.raises(ConfigError, match="holds a credential") as caught:
            refused()
        assert SECRET not in str(caught.value)
    with pytest.raises(SystemExit):
        cli.main(["data", "build", "--config", "quickstart", "--runs", uri])
    assert SECRET not in "".join(capsys.readouterr())
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize(
    "uri", ["s3://bucket/runs?region=a", "abfs://container@account.dfs.core.windows.net/runs", "/shared/runs"]
)
def test_an_address_without_one_is_not(uri: str) -> None:
    assert not holds_credential(uri)
    assert redacted("/shared/runs and s3://bucket/runs?region=a") == "/shared/runs and s3://bucket/runs?region=a"


def test_what_is_a_uri_and_how_a_path_spells_it() -> None:
    for uri in ("s3://bucket/runs?region=a", "gs://b/x", "memory://a"):
        assert is_uri(uri)
        assert is_uri(Path(uri))
        assert spelled(Path(uri)) == uri
    for path in ("/shared/runs", "runs", "./a:b", "C"):
        assert not is_uri(path)
        assert spelled(path) == path
    assert below("s3://b/runs/?region=a", "x", "y.json") == "s3://b/runs/x/y.json?region=a"


@pytest.mark.parametrize("uri", ["nonsense://bucket/runs", "s3://", "s3://bucket/a?nonsense=1"])
def test_an_unknown_kind_of_address_names_who_gave_it(uri: str) -> None:
    with pytest.raises(ConfigError, match="--runs"):
        Place(uri, "--runs")


def test_a_place_that_is_gone_says_so(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.server import ThreadedMotoServer

    own = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    own.start()
    place = Place(bucket(":".join(map(str, own.get_host_and_port())), "gone"))
    own.stop()
    monkeypatch.setattr(storage, "_PATIENCE_S", 0.2)
    for action in (place.tree, lambda: place.write("a", b"")):
        with pytest.raises(StoreError, match="cannot be reached") as caught:
            action()
        assert SECRET not in str(caught.value)


def test_names_that_lead_out_of_a_home_are_refused(s3_server: str, tmp_path: Path) -> None:
    """A store may be open to others: what they name there does not choose where it lands here."""
    for number, name in enumerate(("a/../../../evil", "../evil", "/evil", "a//../evil")):
        uri = bucket(s3_server, f"outside-{number}")
        urlopen(Request(f"http://{s3_server}/bucket/outside-{number}/run/{name}", b"x", method="PUT")).close()
        with pytest.raises(StoreError, match="leads out of it"):
            Mirror(tmp_path / str(number) / "here" / "run", uri).pull()
    assert not list(tmp_path.rglob("evil"))
    assert not Path("/evil").exists()


def test_hidden_files_are_not_brought(uri: str, tmp_path: Path) -> None:
    """What a mirror knows of both sides is its own: a home's list could name files here as gone there."""
    Place(uri).write(".mirror.json", b"{}")
    Place(uri).write("a/.b", b"")
    Place(uri).write("a/c", b"")
    Mirror(tmp_path, uri).pull()
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"c"}
    assert set(json.loads((tmp_path / ".mirror.json").read_text())) == {"a/c"}


def test_a_compressed_file_stays_what_it_is(uri: str, tmp_path: Path) -> None:
    """Others read and write these stores: a name that ends in .gz is no reason to pack or unpack what it holds."""
    (tmp_path / "a.gz").write_bytes(packed := gzip.compress(b"text"))
    place = Place(uri)
    place.put(tmp_path / "a.gz", "a.gz")
    assert place.tree()["a.gz"].size == len(packed)
    assert place.read("a.gz") == packed
    place.get("a.gz", tmp_path / "b.gz")
    assert (tmp_path / "b.gz").read_bytes() == packed
