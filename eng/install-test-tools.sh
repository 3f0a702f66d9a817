#!/usr/bin/env bash
# Installs what the tests need beside the SDK: the Consul agent, Python's gRPC library and, where npm is, Node's. Does nothing where they are there.
#
#   CLIENTLB_DEBS   a folder of .deb files to fall back on, where no package source offers the agent
set -uo pipefail

has_consul() { hash -r; command -v consul >/dev/null 2>&1; }

# Debian's packages are for Debian's own interpreter, whatever else is on the PATH.
has_grpcio() { /usr/bin/python3 -c 'import grpc' >/dev/null 2>&1 || python3 -c 'import grpc' >/dev/null 2>&1; }

# Node's packages go where the tests look for them: into the user's cache, so that every clone finds them.
node_folder=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/clientlb
has_node_grpc() { NODE_PATH="${NODE_PATH:+$NODE_PATH:}$node_folder/node_modules" node -e "require('@grpc/grpc-js'); require('@grpc/proto-loader')" >/dev/null 2>&1; }
wants_node_grpc() { command -v npm >/dev/null 2>&1 && ! has_node_grpc; }

has_consul && has_grpcio && ! wants_node_grpc && exit 0

say() { printf 'install-test-tools: %s\n' "$*" >&2; }

scratch=$(mktemp -d) && chmod 755 "$scratch" || exit 1
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log

as_root=()
if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null 2>&1; then as_root=(sudo -n); fi

apt() {
  printf '+ apt-get %s\n' "$*" >>"$log"
  "${as_root[@]+"${as_root[@]}"}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
    -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=120 "$@" </dev/null >>"$log" 2>&1
}

from_own_sources() {
  apt install --no-install-recommends consul
}

# Debian 11 is the last release with the agent. Its source is derived from the machine's own ones by exchanging the suite, in a
# scratch folder with lists of its own: nothing else is installed from there, and the machine's sources stay as they are.
from_debian_11() {
  local suite file
  suite=$(. /etc/os-release 2>/dev/null && [ "${ID:-}" = debian ] && printf '%s' "${VERSION_CODENAME:-}")
  [ -n "$suite" ] || return 1
  mkdir -p "$scratch/sources" "$scratch/lists/partial"
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    # One stanza a paragraph: keep those that name the suite itself, not its -updates or -security only.
    sed '/^[[:space:]]*#/d' "$file" | awk -v suite="$suite" '
      BEGIN { RS = ""; FS = "\n"; OFS = "\n"; ORS = "\n\n" }
      {
        kept = 0
        for (i = 1; i <= NF; i++) {
          if ($i ~ ("^Suites:.*[ \t]" suite "([ \t]|$)")) { $i = "Suites: bullseye"; kept = 1 }
        }
        if (kept) print
      }' >"$scratch/sources/$(basename "$file")"
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -f "$file" ] || continue
    sed -nE "/^deb[[:space:]]/s/([[:space:]])$suite([[:space:]])/\1bullseye\2/p" "$file" >"$scratch/sources/$(basename "$file" .list).list"
  done
  find "$scratch/sources" -type f -empty -delete
  local only=(-o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$scratch/sources"
    -o "Dir::State::Lists=$scratch/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
  apt "${only[@]}" update && apt "${only[@]}" install --no-install-recommends consul
}

from_folder() {
  [ -n "${CLIENTLB_DEBS:-}" ] && ls "$CLIENTLB_DEBS"/consul_*.deb >/dev/null 2>&1 || return 1
  # Copied, since apt reads them as a user of its own who may not enter the folder.
  cp "$CLIENTLB_DEBS"/*.deb "$scratch/" && apt install --no-install-recommends "$scratch"/*.deb
}

if ! has_grpcio; then
  if command -v apt-get >/dev/null 2>&1; then
    apt install --no-install-recommends python3-grpcio || { apt update && apt install --no-install-recommends python3-grpcio; }
  fi
  if has_grpcio; then
    say "installed Python's gRPC library"
  else
    # Not the end: all other tests can do without.
    [ -f "$log" ] && tail -n 20 "$log" >&2
    say "Python's gRPC library is missing and could not be installed: the tests of gRPC health checks need 'import grpc' to work in python3."
  fi
fi

if wants_node_grpc; then
  # Their scripts are not needed.
  mkdir -p "$node_folder"
  for _ in 1 2 3; do
    npm install --prefix "$node_folder" --ignore-scripts --no-audit --no-fund @grpc/grpc-js@1 @grpc/proto-loader@0 </dev/null >>"$log" 2>&1 && break
  done
  if has_node_grpc; then
    say "installed Node's gRPC library"
  else
    [ -f "$log" ] && tail -n 20 "$log" >&2
    say "Node's gRPC library is missing and could not be installed: the tests against its servers need '@grpc/grpc-js' and '@grpc/proto-loader' on NODE_PATH."
  fi
fi

has_consul && exit 0

if command -v apt-get >/dev/null 2>&1; then
  for way in from_own_sources from_debian_11 from_folder; do
    if "$way" && has_consul; then
      say "installed $(consul version | head -n 1)"
      exit 0
    fi
  done
  tail -n 20 "$log" >&2
fi

say "the Consul agent is missing and could not be installed. Put a 'consul' program (1.8 or later) on the PATH, or name a folder"
say "with its .deb files in CLIENTLB_DEBS, and run this again."
exit 1
