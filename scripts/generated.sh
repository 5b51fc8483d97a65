#!/usr/bin/env bash
# Makes the committed files that come out of the code, and either compares them or writes them.
#
#   scripts/generated.sh compare|write PATH-OF-THE-BINARY-HEZUO
#
# They are committed so that a change of the interface is seen in review, and compared so that none goes unseen. (The permission
# matrix is a test's expected text: `make bless` writes it together with the others.)
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1:?compare or write}
hezuo=${2:?the path of the binary hezuo}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$hezuo" openapi > "$out/openapi.json"
(cd web && npx --no-install openapi-typescript "$out/openapi.json" -o "$out/schema.gen.ts" > /dev/null)

stale=()
while read -r made committed; do
  if [ "$mode" = write ]; then
    cp "$out/$made" "$committed"
  elif ! diff -u "$committed" "$out/$made" | head -40; then
    stale+=("$committed")
  fi
done << LIST
openapi.json docs/openapi.json
schema.gen.ts web/src/api/schema.gen.ts
LIST
if [ ${#stale[@]} -gt 0 ]; then
  echo "Out of date: ${stale[*]}. Run make bless, read the difference and commit it." >&2
  exit 1
fi
