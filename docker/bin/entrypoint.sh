#!/bin/sh
# Becomes the command it is given. Where POSTGRES_PASSWORD_FILE names a file with the password of PostgreSQL, libpq finds
# it in PGPASSFILE: so it is in no URL, on no command line and in no variable.
set -eu
if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
    umask 077
    # libpq wants a backslash before each of its own, and before each colon.
    escaped=$(sed 's/[\\:]/\\&/g' "$POSTGRES_PASSWORD_FILE")
    printf '*:*:*:*:%s\n' "$escaped" > "$PGPASSFILE"
fi
exec "$@"
