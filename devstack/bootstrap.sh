#!/bin/sh
# Makes .venv with Python 3.13 and the pinned requirements; does nothing when they are in place.
# A machine with another Python 3 only gets a 3.13 of its own, below .devstack.
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
    for candidate in python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python python3 python \
        .devstack/python/cpython-3.13*/bin/python3.13; do
        if is_313 "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    if command -v uv >/dev/null 2>&1 && uv python find 3.13 2>/dev/null; then
        return
    fi
    fetch_python
}

# Fetches a standalone Python 3.13 with uv: that of the system, or one from the package index in a folder of its own.
fetch_python() {
    install="install Python 3.13, for example with 'pyenv install 3.13'"
    if command -v uv >/dev/null 2>&1; then
        uv=uv
    elif ! command -v python3 >/dev/null 2>&1; then
        fail "Python 3 was not found: $install"
    elif ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
        fail "python3 cannot make virtual environments: install its venv module (python3-venv on Debian), or $install"
    else
        uv=.devstack/uv/bin/uv
    fi
    echo "Python 3.13 was not found; fetching it into .devstack/python with uv, once" >&2
    mkdir -p .devstack
    if ! install_python >.devstack/python.log 2>&1; then
        fail "Python 3.13 cannot be fetched (.devstack/python.log says why): connect to the network once, or $install"
    fi
    UV_PYTHON_INSTALL_DIR=.devstack/python "$uv" python find --managed-python 3.13
}

install_python() {
    if [ "$uv" != uv ] && ! [ -x "$uv" ]; then
        python3 -m venv --clear .devstack/uv &&
            .devstack/uv/bin/python -m pip install --no-input --disable-pip-version-check --retries 1 \
                -r devstack/requirements-uv.txt || return
    fi
    UV_PYTHON_INSTALL_DIR=.devstack/python "$uv" python install --no-bin 3.13
}

# One whose making was interrupted has no pip.
if ! is_313 .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    echo "creating .venv" >&2
    "$python" -m venv --clear .venv >&2 ||
        fail "$python cannot make virtual environments: install its venv module (python3.13-venv on Debian)"
fi
rm -f "$stamp"
echo "installing the pinned requirements, once; this takes a minute or more" >&2
.venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check -r requirements-dev.txt >&2 ||
    fail "the requirements could not be installed: connect to the network once and run again"
cat requirements.txt requirements-dev.txt >"$stamp"
