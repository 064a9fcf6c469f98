#!/usr/bin/env bash
# The whole recipe, small, on this machine: makes .venv if needed, then runs `raymath quickstart`.
#
#   bash jobs/quickstart.sh [--data DIR] [--resume RUN] [key=value …]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh" run
exec "$python" -m raymath.cli quickstart "$@"
