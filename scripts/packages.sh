#!/usr/bin/env bash
# Installs from Debian's packages what the tests need and the machine lacks: PostgreSQL and Chromium.
set -euo pipefail

lacking=()
if ! command -v initdb > /dev/null && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null; then
  lacking+=(postgresql)
fi
if ! command -v chromium > /dev/null && ! command -v chromium-browser > /dev/null \
  && ! command -v google-chrome > /dev/null; then
  # Without a Chinese font the pictures of the screens would show empty boxes.
  lacking+=(chromium fonts-noto-cjk)
fi
if [ ${#lacking[@]} -eq 0 ]; then
  exit 0
fi

if ! command -v apt-get > /dev/null; then
  echo "Please install: ${lacking[*]} (these are the names in Debian), then run this again." >&2
  exit 69
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo > /dev/null; then
    echo "The tests need ${lacking[*]}. As root: apt-get install ${lacking[*]}, then run this again." >&2
    exit 69
  fi
  as_root=(sudo)
fi
echo "Installing ${lacking[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends "${lacking[@]}"
