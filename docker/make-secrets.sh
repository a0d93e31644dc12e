#!/usr/bin/env bash
# Makes the secrets of compose.yaml in docker/secrets/: files that are there already stay as they are.
#
# Containers read them as users of their own, so the files are readable, and the directory is open to its owner alone.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
for name in postgres_password ray_token grafana_password; do
    if [ ! -e "secrets/$name" ]; then
        head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' > "secrets/$name.new"
        chmod 0444 "secrets/$name.new"
        mv "secrets/$name.new" "secrets/$name"
        echo "made docker/secrets/$name"
    fi
done
