#!/usr/bin/env bash
# Installs from Debian's packages what the tests need and the machine lacks: PostgreSQL and Chromium, or
# for a long trial that is named, what that needs besides.
#
#   scripts/packages.sh [TRIAL]
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
need() {
  command -v "$1" > /dev/null || lacking+=("$2")
}
case "${1:-}" in
  syscalls) need strace strace ;;
  power | io-errors)
    need strace strace
    need nbdkit nbdkit
    need nbdfuse libnbd-bin
    need fusermount3 fuse3
    need mkfs.ext4 e2fsprogs
    ;;&
  io-errors) need fiu-run fiu-utils ;;
  clock) need faketime faketime ;;
  python) python3 -c 'import ensurepip, venv' 2> /dev/null || lacking+=(python3-venv) ;;
esac
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
