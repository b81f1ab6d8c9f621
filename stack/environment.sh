# Sourced by run and test: the Python environment in .venv, made when it is missing or its requirements changed.
# Works with Debian's bare python3 as root, and without root where python3 has venv.

export STACK_STARTED_AT="${STACK_STARTED_AT:-$(date +%s.%N)}"
export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_NATIVE_TLS=1

say() { printf '[%6.1f s] %s\n' "$(awk -v now="$(date +%s.%N)" -v then="$STACK_STARTED_AT" 'BEGIN { print now - then }')" "$*" >&2; }
refuse() { printf '%s\n' "$*" >&2; exit 1; }
as_root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
apt_install() { say "apt-get install $*"; apt-get update -qq >/dev/null 2>&1; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1; }

usable() { command -v "$1" >/dev/null && "$1" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if usable "$candidate"; then printf '%s' "$candidate"; return; fi
  done
  return 1
}

# The packages of FILE as they were when they were last installed here.
stamp_of() { printf '%s %s' "$(cksum <"$1")" "$PWD"; }
installed() { [ "$(cat ".venv/.installed-$1" 2>/dev/null)" = "$(stamp_of "$1")" ]; }

# environment FILE [FILE…]: .venv holds exactly the packages of the first FILE, each checked against its hash; the others are parts of it.
environment() {
  local requirements=$1 python file
  installed "$requirements" && return
  if ! python=$(find_python); then
    if as_root; then apt_install python3 python3-venv || true; fi
    python=$(find_python) || refuse "需要 Python 3.11 或更新版本及其 venv：sudo apt-get install python3 python3-venv。" \
      "Python 3.11 or newer with venv is needed: apt-get install python3 python3-venv."
  fi
  say "Python environment ($("$python" -V), $requirements)"
  mkdir -p var
  .venv/bin/python -c 'import pip' 2>/dev/null || "$python" -m venv --clear .venv
  install_packages "$requirements" >var/install.log 2>&1 ||
    refuse "依赖未能安装，详见 var/install.log。 The packages could not be installed, see var/install.log."
  for file in "$@"; do stamp_of "$file" >".venv/.installed-$file"; done
}

# uv is many times faster than pip; where it cannot be had or cannot reach the index, pip does it.
install_packages() {
  { [ -x .venv/bin/uv ] || .venv/bin/python -m pip install -q uv; } &&
    .venv/bin/uv pip install -q --python .venv/bin/python --require-hashes -r "$1" ||
    .venv/bin/python -m pip install -q --require-hashes -r "$1"
}
