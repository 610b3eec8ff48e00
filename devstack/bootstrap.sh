#!/bin/sh
# Makes .venv with Python 3.13 and the pinned requirements; does nothing when they are in place.
set -eu
cd "$(dirname "$0")/.."

stamp=.venv/.requirements
if [ -x .venv/bin/python ] && cat requirements.txt requirements-dev.txt | cmp -s - "$stamp"; then
    exit 0
fi

fail() {
    echo "error: $1" >&2
    exit 1
}

is_313() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' >/dev/null 2>&1
}

find_python() {
    for candidate in python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python python3 python; do
        if is_313 "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    if command -v uv >/dev/null 2>&1; then
        uv python find 3.13 2>/dev/null || { uv python install -q 3.13 >&2 && uv python find 3.13; } || true
    fi
}

# One whose making was interrupted has no pip.
if ! is_313 .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    [ -n "$python" ] || fail "Python 3.13 was not found: install it, for example with 'pyenv install 3.13'"
    echo "creating .venv" >&2
    "$python" -m venv --clear .venv >&2 ||
        fail "$python cannot make virtual environments: install its venv module (python3.13-venv on Debian)"
fi
rm -f "$stamp"
echo "installing the pinned requirements, once" >&2
.venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check -r requirements-dev.txt >&2 ||
    fail "the requirements could not be installed: connect to the network once and run again"
cat requirements.txt requirements-dev.txt >"$stamp"
