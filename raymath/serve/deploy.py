"""Start models, wait until they answer, take them down again: the life of an application on Ray Serve.

    with deploy({"base": base, "tuned": tuned}, settings, say=print) as deployment:
        deployment.url                          # "http://127.0.0.1:8000"
        deployment.handle("tuned").solve        # see `raymath.serve.app`

Ray is the caller's: it must be connected. Serve is started where it does not run, on the host and port of the
settings, and shut down at the end if it was started here and serves nothing else; where it runs already, its own
HTTP address stays. After `close` no process and no shared memory of the engines is left.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any

from ray import serve
from ray.exceptions import RayError
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle

from raymath.config import Settings
from raymath.errors import ConfigError, MachineError, ModelError
from raymath.machine import free_address
from raymath.models import resolve
from raymath.serve import status
from raymath.serve.app import GATEWAY, build, deployment_names
from raymath.serve.keys import read

#: Is told what is being waited for, and for how many seconds so far.
Say = Callable[[str, float], None]

#: Stands for an address that is not known yet: one that other machines can ask.
ANY_HOST = "0.0.0.0"  # noqa: S104 - compared, not listened on

_POLL_S = 0.5
#: What a gateway gets to say that it has drained.
_ANSWER_S = 15.0
_QUIET = {"log_level": "WARNING", "enable_access_log": False}
#: States of an application that it does not leave by itself: its reason is reported instead of waiting on.
_FAILED = {"DEPLOY_FAILED", "UNHEALTHY"}


class Deployment:
    """Models that are being served. Made by `deploy`; a context manager.

    Attributes:
        name: of the Serve application.
        url: where HTTP reaches it, without a path of OpenAI's API (clients add ``/v1``).
        models: the names that it serves.
    """

    def __init__(
        self, name: str, url: str, deployments: Mapping[str, str], owns_serve: bool, drain_s: float = 0.0
    ) -> None:
        self.name, self.url, self.models = name, url, tuple(deployments)
        self._deployments = dict(deployments)
        self._handles: dict[str, DeploymentHandle[Any]] = {}
        self._owns_serve, self._drain_s = owns_serve, drain_s
        self._closed = False

    def handle(self, model: str) -> DeploymentHandle[Any]:
        """The handle of one model's deployment; an adapter's is its engine's (``solve(…, model=NAME)``).

        Raises:
            KeyError: it is not served here.
        """
        if model not in self.models:
            raise KeyError(f"{model} is not served here: {', '.join(self.models)}")
        return self._handle(self._deployments[model])

    def _handle(self, deployment: str) -> DeploymentHandle[Any]:
        # Not by serve.get_deployment_handle, which keeps it for whoever asks next: this one ends with `close`.
        if deployment not in self._handles:
            self._handles[deployment] = DeploymentHandle(deployment, self.name)
        return self._handles[deployment]

    def close(self) -> None:
        """Take the application down and wait until its engines have ended; calling it again does nothing.

        No request is taken any more, and those under way get `serve.drain_s` to end. Ctrl-C ends that wait.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._drain()
        finally:
            serve.delete(self.name)
            for handle in self._handles.values():
                # It would go on reporting its load, and start a Ray for that when ours has ended.
                handle.shutdown()  # type: ignore[no-untyped-call]
            if self._owns_serve and not set(status.applications()) - {self.name}:
                serve.shutdown()  # type: ignore[no-untyped-call]

    def _drain(self) -> None:
        application = status.applications().get(self.name)
        if application is None or application.status != "RUNNING":
            return  # nobody to ask: it never ran, or something of it is lost
        gateway: Any = self._handle(GATEWAY)
        with suppress(RayError, RayServeException, TimeoutError):  # a gateway that is lost has nothing under way
            gateway.drain.remote(self._drain_s).result(timeout_s=self._drain_s + _ANSWER_S)

    def __enter__(self) -> Deployment:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """Serve runs while the block lasts, for several calls of `deploy` side by side, and ends as after one of them.

    Raises:
        MachineError: the port is in use.
    """
    owned = _running_address() is None
    if owned:
        _start(*free_address(settings.serve.host, settings.serve.port), settings)
    try:
        yield
    finally:
        if owned and not status.applications():
            serve.shutdown()  # type: ignore[no-untyped-call]


def _start(host: str, port: int, settings: Settings) -> None:
    serve.start(
        proxy_location="HeadOnly",
        http_options={"host": host, "port": port, "request_timeout_s": settings.serve.request_timeout_s},
        logging_config=_QUIET,
    )


def deploy(
    models: Mapping[str, str],
    settings: Settings,
    *,
    name: str = "raymath",
    route: str = "/",
    timeout_s: float = 600.0,
    say: Say | None = None,
    wanted: Callable[[], bool] = lambda: True,
) -> Deployment:
    """Serve `models` (name → directory, a LoRA adapter's too, or hub name) and wait until all of them are ready.

    With ``serve.min_replicas = 0`` there is nothing to wait for: the first request starts a replica.

    Args:
        models: side by side in one application; one after another are several calls.
        settings: of the run; ``serve`` and ``sandbox`` are used.
        name: of the application: another one of that name is replaced.
        route: path before the API's.
        timeout_s: longest wait.
        say: is told of the progress.
        wanted: asked again and again: where it says no, the start is given up.

    Raises:
        MachineError: the port is in use, or the models were not ready in time, for example because the cluster
            has too few CPUs or GPUs for them.
        ConfigError: other machines could ask, and there are no keys.
        ModelError: a model's directory is incomplete, or a replica failed to start; the message has its reason.
    """
    models = {key: resolve(model, fetch=False, adapters=True) for key, model in models.items()}
    deployments = deployment_names(models)
    # Serve says on the caller's screen what `say` is told.
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    running = _running_address()
    host, port = running or free_address(settings.serve.host, settings.serve.port)
    settings = with_keys(settings, host)
    if running is None:
        _start(host, port, settings)
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared, not listened on
    url = f"http://{reachable}:{port}{route.rstrip('/')}"
    deployment = Deployment(name, url, deployments, running is None, settings.serve.drain_s)
    try:
        with status.ONE_AT_A_TIME:
            target = serve.RunTarget(
                target=build(models, settings), name=name, route_prefix=route, logging_config=_QUIET
            )
            serve.run_many([target], wait_for_ingress_deployment_creation=False, wait_for_applications_running=False)
        _wait(name, timeout_s, say, wanted)
    except BaseException:
        with suppress(Exception):  # the reason why it did not start is the one to report
            deployment.close()
        raise
    return deployment


def config(models: Mapping[str, str], settings: Settings, name: str = "raymath", route: str = "/") -> str:
    """The same application as YAML for `serve deploy` or a RayService; the arguments are those of `deploy`.

    Raises:
        ConfigError: there are no keys, and `serve.allow_anyone` is not set: where it will listen is not known here.
    """
    import yaml  # type: ignore[import-untyped]
    from ray.serve.schema import ServeDeploySchema

    own = with_keys(settings, ANY_HOST).serve
    given = settings.model_copy(update={"serve": own}).model_dump(mode="json", exclude_defaults=True)
    application = {
        "name": name,
        "route_prefix": route,
        "import_path": "raymath.serve.service:application",
        "args": {"models": dict(models), "settings": given},
    }
    written = {
        "proxy_location": "HeadOnly",
        "http_options": {"host": own.host, "port": own.port, "request_timeout_s": own.request_timeout_s},
        "logging_config": _QUIET,
        "applications": [application],
    }
    ServeDeploySchema.model_validate(written)
    return str(yaml.safe_dump(written, sort_keys=False, allow_unicode=True))


def with_keys(settings: Settings, host: str) -> Settings:
    """The settings for serving at `host`, the file of keys made absolute.

    Raises:
        ConfigError: other machines can ask there, and neither keys nor `serve.allow_anyone` are set.
        UserError: the file of keys cannot be read.
    """
    own = settings.serve
    if own.keys:
        file = Path(own.keys).absolute()
        read(file)
        return settings.model_copy(update={"serve": own.model_copy(update={"keys": str(file)})})
    if not own.allow_anyone and not _loopback(host):
        raise ConfigError(
            f"{host} can be asked by other machines, and serve.keys names no file of keys",
            "make one with 'raymath keys add FILE NAME' and set serve.keys=FILE, or set serve.allow_anyone=true",
        )
    return settings


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wait(name: str, timeout_s: float, say: Say | None, wanted: Callable[[], bool]) -> None:
    began, told = time.monotonic(), ""
    while True:
        if not wanted():
            raise MachineError("the start of the models was given up", "start again")
        application = status.applications().get(name)
        waited = time.monotonic() - began
        if application is not None:
            if application.status == "RUNNING":
                return
            parts = application.deployments.values()
            if application.status in _FAILED:
                said = " ".join([application.message, *(part.message for part in parts)])
                raise ModelError(f"the models could not be served: {_cause(said)}", "mend that, then start again")
            state = ", ".join(f"{key} {part.status.lower()}" for key, part in application.deployments.items())
            if say is not None and state != told:
                say(state, waited)
                told = state
        if waited > timeout_s:
            raise MachineError(
                f"the models were not ready after {timeout_s:.0f} s",
                "see whether the cluster has the CPUs and GPUs that serve.cpus_per_replica, serve.gpus_per_replica "
                "and serve.min_replicas ask for",
            )
        time.sleep(_POLL_S)


def _cause(message: str) -> str:
    """The exception at the end of a replica's traceback, or the whole message where there is none."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    errors = [line for line in lines if ": " in line and line.split(":", 1)[0].rsplit(".", 1)[-1].endswith("Error")]
    return (errors[-1].split(": ", 1)[1] if errors else " ".join(lines)).rstrip(".")[:600]


def _running_address() -> tuple[str, int] | None:
    """Where the Serve of this cluster listens; None where none runs."""
    from ray.serve.context import _get_global_client
    from ray.serve.exceptions import RayServeException

    try:
        client = _get_global_client(raise_if_no_controller_running=True)
    except RayServeException:
        return None
    assert client is not None
    return str(client.http_config.host), int(client.http_config.port)
