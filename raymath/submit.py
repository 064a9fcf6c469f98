"""Commands sent to a Ray cluster: the same command line, run there as a job of Ray's.

    code = submit(["train", "--config", "deepseekmath-7b", "--runs", "/shared/runs"], "https://ray.example:8265")
    for job in listing(None):
        ...

What is sent is raymath's own package and the configuration that the command names: no data, run, environment or
credential. The door to the Ray Jobs API; scheduling, retries and logs are Ray's. The token is read where Ray reads
it: RAY_AUTH_TOKEN, the file RAY_AUTH_TOKEN_PATH, or ~/.ray/auth_token.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from raymath import __version__
from raymath.config import find
from raymath.console import say
from raymath.errors import MachineError, UserError
from raymath.origin import carry
from raymath.storage import require_none

if TYPE_CHECKING:
    from ray.job_submission import JobDetails, JobSubmissionClient

#: Marks a job as one of ours; its value is the version that sent it.
_MARK = "raymath"
#: Between SIGTERM and SIGKILL of a job that is stopped: training saves first, for at most `train.stop_wait_s`. Ray's
#: own default is 3 s.
_STOP_S = "150"
_ENDED = ("SUCCEEDED", "FAILED", "STOPPED")
_STAGE = re.compile(r"^\[(\d+/\d+)\] (.+)$", re.MULTILINE)
_PROGRESS = re.compile(r"^\S.*?: (\d+/(?:\d+|\?)) · .*$", re.MULTILINE)
_RUN = re.compile(r"^run: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Job:
    """One of our jobs, as the cluster and its log tell of it; what is not known is empty."""

    id: str
    status: str
    command: str
    stage: str
    progress: str
    run: str
    """Directory of the run, as the nodes see it."""
    result: str
    """What the command printed last, once it succeeded: the path of its result."""
    exit_code: int | None
    message: str
    """Why it waits or failed, in Ray's words."""


def submit(
    args: Sequence[str],
    address: str,
    *,
    runs: Path | None = None,
    pip: Path | None = None,
    cpus: float = 0,
    detach: bool = False,
) -> int:
    """Run a command line of raymath on a cluster and show its log until it ends.

    Args:
        args: what stands after `raymath`, without the options of submitting.
        address: of the cluster's dashboard, with http:// or https://.
        runs: where the command makes a run, if it makes one: has to be storage that all nodes see.
        pip: a requirements file whose packages Ray installs on the nodes; None where their image has what it needs.
        cpus: reserved for the command itself, beside what it starts.
        detach: return once the cluster has taken the job.

    Returns:
        The exit code of the command there; 0 where detached.

    Raises:
        UserError: an argument names a file that the cluster cannot see, or the token is refused.
        MachineError: nothing answers at the address.
    """
    for word in args:  # the command line becomes part of the job's record
        require_none(word.partition("=")[2] if "=" in word.partition("?")[0] else word, "the command line")
    _require_shared(args, runs)
    if pip is not None and not pip.is_file():
        raise UserError(f"no requirements file {pip}", "give a file that pip's -r takes")
    client = _client(address)
    with _package(args) as (directory, there):
        environment: dict[str, Any] = {"working_dir": str(directory), "env_vars": {"RAY_JOB_STOP_WAIT_TIME_S": _STOP_S}}
        if pip is not None:
            environment["pip"] = str(pip)
        job = client.submit_job(
            entrypoint=shlex.join(["python", "-m", "raymath.cli", *there]),
            runtime_env=environment,
            entrypoint_num_cpus=cpus or None,
            metadata={_MARK: __version__, "command": shlex.join(args)},
        )
    say(f"job: {job}", "bold")
    if detach:
        say(_ways(job, address))
        return 0
    try:
        return _follow(client, job)
    except KeyboardInterrupt:
        say(f"detached: {job} runs on.\n{_ways(job, address)}", "yellow")
        raise


def listing(address: str | None) -> list[Job]:
    """Our jobs on a cluster, the newest last. `address` None: of the environment, RAY_API_SERVER_ADDRESS."""
    client = _client(address)
    found = [one for one in client.list_jobs() if one.submission_id and _MARK in (one.metadata or {})]
    return [_job(client, one) for one in sorted(found, key=lambda one: one.start_time or 0)]


def follow(address: str | None, job: str) -> int:
    """Show the log of a job from its beginning until it ends; its exit code."""
    client = _client(address)
    _require(client, job)
    return _follow(client, job)


def stop(address: str | None, job: str) -> None:
    """Ask a job to stop and wait until it has; it tidies up as at Ctrl-C."""
    client = _client(address)
    _require(client, job)
    client.stop_job(job)
    while client.get_job_info(job).status not in _ENDED:
        time.sleep(0.5)


def outlook(log: str) -> dict[str, str]:
    """Stage, progress and run directory, as the newest lines of a log tell them."""
    stages = list(_STAGE.finditer(log))
    since = stages[-1].end() if stages else 0
    progress = list(_PROGRESS.finditer(log, since))
    runs = _RUN.findall(log)
    return {
        "stage": " ".join(stages[-1].groups()) if stages else "",
        "progress": progress[-1].group(0) if progress else "",
        "run": runs[-1] if runs else "",
    }


def _job(client: JobSubmissionClient, details: JobDetails) -> Job:
    job, status = str(details.submission_id), str(details.status.value)
    log = client.get_job_logs(job) if status != "PENDING" else ""
    return Job(
        id=job,
        status=status,
        command=(details.metadata or {}).get("command", ""),
        result=_last_line(log) if status == "SUCCEEDED" else "",
        exit_code=details.driver_exit_code,
        message=_first_line(details.message or "") if status in ("PENDING", "FAILED") else "",
        **outlook(log),
    )


def _follow(client: JobSubmissionClient, job: str) -> int:
    """The log to stderr as it grows; what the command printed last, its result, also to stdout."""
    seen = 0
    while True:
        try:
            seen = asyncio.run(_tail(client, job, seen))
        except (RuntimeError, OSError) as error:  # aiohttp's own are OSErrors: a gateway cuts what is long open
            say(f"the log's connection broke ({type(error).__name__}); connecting again", "yellow")
        info = client.get_job_info(job)
        if info.status in _ENDED:
            break
        time.sleep(1)
    log = client.get_job_logs(job)
    sys.stderr.write(log[seen:])
    sys.stderr.flush()
    if info.status == "SUCCEEDED":
        print(_last_line(log))
        return 0
    say(f"{job} {info.status.value.lower()}: {_first_line(info.message or '')}", "bold red")
    return max(info.driver_exit_code or 0, 1)  # a signal's is negative


async def _tail(client: JobSubmissionClient, job: str, seen: int) -> int:
    """Write what the log has after its first `seen` characters, until the job ends; how much it has then."""
    at = 0
    async for text in client.tail_job_logs(job):
        fresh = text[max(0, seen - at) :]
        at += len(text)
        if fresh:
            seen = at
            sys.stderr.write(fresh)
            sys.stderr.flush()
    return max(seen, at)


def _ways(job: str, address: str) -> str:
    return (
        f"follow it: raymath jobs --address {address} --logs {job}\n"
        f"stop it:   raymath jobs --address {address} --stop {job}"
    )


def _last_line(text: str) -> str:
    return (text.rstrip("\n").rsplit("\n", 1)[-1]).strip()


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]


def _require(client: JobSubmissionClient, job: str) -> None:
    try:
        client.get_job_info(job)
    except RuntimeError:
        raise UserError(f"the cluster knows no job {job}", "`raymath jobs` lists ours") from None


@contextmanager
def _package(args: Sequence[str]) -> Iterator[tuple[Path, list[str]]]:
    """A directory to send, and the arguments as they read inside it.

    It is made of what raymath is, not of what lies beside it: nothing else can slip in. Ray names it by its content,
    so what a cluster already has is not sent again.
    """
    source = Path(__file__).parent
    with tempfile.TemporaryDirectory(prefix="raymath-job-") as made:
        home = Path(made)
        shutil.copytree(source, home / "raymath", ignore=shutil.ignore_patterns("__pycache__", ".*"))
        carry(home / "raymath")
        configs = source.parent / "jobs" / "configs"
        if configs.is_dir() and not (source / "configs").is_dir():  # a checkout: as in an installed package
            shutil.copytree(configs, home / "raymath" / "configs")
        there = list(args)
        for at, value in _values(args, "--config"):
            if value.endswith(".toml"):
                (home / "config").mkdir(exist_ok=True)
                shutil.copy(find(value), home / "config" / Path(value).name)
                there[at] = there[at].removesuffix(value) + f"config/{Path(value).name}"
        yield home, there


def _values(args: Sequence[str], option: str) -> Iterator[tuple[int, str]]:
    """Where the values of an option stand, written as two words or with an equals sign."""
    for at, arg in enumerate(args):
        if arg.startswith(f"{option}="):
            yield at, arg.removeprefix(f"{option}=")
        elif at and args[at - 1] == option:
            yield at, arg


def _require_shared(args: Sequence[str], runs: Path | None) -> None:
    """Refuse what means another thing on the cluster, and say what has to be there.

    Raises:
        UserError: a relative path, which would be one inside the job's own, passing directory.
    """
    if runs is not None and not _everywhere(str(runs)):
        raise UserError(
            f"runs would be made in '{runs}' inside the job's directory and be gone with it",
            "add --runs with an absolute path on storage that all nodes see",
        )
    sent = {at for at, value in _values(args, "--config") if value.endswith(".toml")}
    absolute = []
    for at, arg in enumerate(args):
        for value in re.split(r"[=,]", arg) if at not in sent else []:
            name = value.strip("[]\"' ")
            if not name or name.startswith("-") or "://" in name:
                continue
            if name.startswith("/"):
                absolute.append(name)
            elif ("/" in name or arg == name) and Path(name).is_dir() and args[at - 1 : at] != ["--config"]:
                raise UserError(f"'{name}' is a directory here, which the cluster does not see", _absolute_fix(name))
            elif "/" in name and Path(name).is_file():
                raise UserError(f"'{name}' is a file here, which the cluster does not see", _absolute_fix(name))
    if absolute:
        say(f"all nodes have to see {', '.join(dict.fromkeys(absolute))}", "yellow")


def _absolute_fix(name: str) -> str:
    return f"put it on storage that all nodes see and give its absolute path there, such as /shared/{Path(name).name}"


def _everywhere(path: str) -> bool:
    return path.startswith("/") or re.match(r"^\w+:/", path) is not None


def _client(address: str | None) -> JobSubmissionClient:
    address = address or os.environ.get("RAY_API_SERVER_ADDRESS")
    if not address:
        raise UserError("no cluster is named", "add --address, or set RAY_API_SERVER_ADDRESS")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(f"'{parts.netloc or address}' is no address of Ray's dashboard", "write https://HOST:PORT")
    if parts.username or parts.password:
        raise UserError(
            "the address holds a user or password", "leave it out and set RAY_AUTH_TOKEN or RAY_JOB_HEADERS"
        )
    token = _token(os.environ)
    if token and parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        say(f"the token goes to {parts.hostname} unencrypted: use https:// or a tunnel", "yellow")
    import requests
    from ray.exceptions import AuthenticationError
    from ray.job_submission import JobSubmissionClient

    try:
        return JobSubmissionClient(
            address,
            headers=_gateway() | ({"Authorization": f"Bearer {token}"} if token else {}),
            verify=os.environ.get("REQUESTS_CA_BUNDLE") or True,
        )
    except AuthenticationError:
        reason = "refuses the token" if token else "asks for a token"
        raise UserError(
            f"the cluster at {address} {reason}", "set RAY_AUTH_TOKEN, or RAY_AUTH_TOKEN_PATH to a file that holds it"
        ) from None
    except (ConnectionError, requests.RequestException) as error:
        raise MachineError(
            f"no Ray dashboard answers at {address}: {type(error).__name__}",
            "check address, port and certificate (REQUESTS_CA_BUNDLE names your own authority)",
        ) from None


def _gateway() -> dict[str, str]:
    """Headers that a gateway before the cluster asks for, as `ray job` reads them."""
    try:
        headers: dict[str, str] = json.loads(os.environ.get("RAY_JOB_HEADERS") or "{}")
    except ValueError:
        raise UserError("RAY_JOB_HEADERS is not JSON", 'write {"NAME": "VALUE"}') from None
    return headers


def _token(environment: Mapping[str, str]) -> str:
    if token := environment.get("RAY_AUTH_TOKEN"):
        return token.strip()
    named = environment.get("RAY_AUTH_TOKEN_PATH")
    file = Path(named) if named else Path.home() / ".ray" / "auth_token"
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        if named:
            raise UserError(f"cannot read RAY_AUTH_TOKEN_PATH: {error}", "name a file that holds the token") from None
        return ""
