#!/usr/bin/env bash
# Installs what the tests need where it is missing, then runs them all. Arguments are passed on to `dotnet test`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./eng/install-test-tools.sh
exec dotnet test ClientLb.sln -c Release "$@"
