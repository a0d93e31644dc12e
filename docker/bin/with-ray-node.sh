#!/usr/bin/env bash
# with-ray-node.sh ADDRESS COMMAND [ARGUMENT]...
#
# Runs COMMAND on a node of the Ray cluster at ADDRESS: whoever drives a search there has to be on one. The node is this
# container, and trains nothing itself. Ends with the exit code of COMMAND; with 1 where the node is gone before, so that
# both are started again.
set -euo pipefail
address=$1
shift

# RAY_NODE_OPTIONS: further words for `ray start`, as --node-ip-address=10.0.0.7.
read -ra options <<< "${RAY_NODE_OPTIONS:-}"
ray start --address="$address" --num-cpus=0 --num-gpus=0 --disable-usage-stats --block "${options[@]}" &
node=$!
"$@" &
command=$!
# A signal ends the first `wait` below; the command is then told, and waited for.
trap : TERM INT

code=0
wait -n -p ended "$node" "$command" || code=$?
if [ "${ended:-}" != "$command" ]; then
    kill -TERM "$command" 2> /dev/null || true
    code=0
    wait "$command" || code=$?
    if [ "${ended:-}" = "$node" ]; then
        echo "with-ray-node.sh: the Ray node at $address is gone" >&2
        code=1
    fi
fi
kill -TERM "$node" 2> /dev/null || true
wait "$node" || true
exit "$code"
