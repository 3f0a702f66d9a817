#!/usr/bin/env bash
# Installs what the tests need where it is missing, then runs them all. Arguments are passed on to `dotnet test`.
# First those that keep the processor busy, then those that watch real servers and their clocks: beside the others they would measure those.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./eng/install-test-tools.sh

parts=(eng/tests.processor.slnf eng/tests.network.slnf)
for project in tests/*Tests/*.csproj; do
  grep -qF "$(basename "$project")" "${parts[@]}" || { echo "$project is in neither of ${parts[*]}: its tests would not run." >&2; exit 1; }
done

status=0
for part in "${parts[@]}"; do
  dotnet test "$part" -c Release "$@" || status=$?
done
exit "$status"
