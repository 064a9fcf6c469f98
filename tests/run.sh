#!/usr/bin/env bash
# Everything a commit needs: format, lint, types, tests. Makes .venv if needed.
#
#   bash tests/run.sh [--slow] [pytest arguments …]
#
# --slow adds the tests that take minutes each. RAYMATH_DATA names the real data (bench/, train/).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../jobs/setup.sh" test
cd "$root"
pick=(-m "not slow")
if [ "${1:-}" = --slow ]; then
  pick=()
  shift
fi
# Nothing in the tests may reach for a network.
export HF_HUB_OFFLINE=1
echo "== format"; "$python" -m ruff format --check .
echo "== lint"; "$python" -m ruff check .
echo "== types"; "$python" -m mypy
echo "== tests"; exec "$python" -m pytest "${pick[@]}" "$@"
