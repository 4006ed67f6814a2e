#!/bin/sh
# Runs one database engine for the tests and ends it when nobody uses it any more.
# Every user holds a shared lock on the file $1; the kernel drops it however the user ends.
# usage: supervisor.sh USERS_LOCK GRACE_SECONDS STOP_SIGNAL PID_FILE REMOVE_DIR command…
set -u
users=$1 grace=$2 signal=$3 pid_file=$4 remove=$5
shift 5
"$@" &
pid=$!
echo "$pid" >"$pid_file"
exec 9<"$users"
idle=0
while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    if flock -n -x 9; then
        idle=$((idle + 1))
        [ "$idle" -gt "$grace" ] && break
        flock -u 9
    else
        idle=0
    fi
done
if [ "$idle" -gt "$grace" ]; then
    # The lock is held from here on: who comes now waits, then finds nothing and starts anew.
    rm -f "$pid_file"
    kill -s "$signal" "$pid" 2>/dev/null
    waited=0
    while kill -0 "$pid" 2>/dev/null && [ "$waited" -lt 50 ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
    kill -s KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    rm -rf "$remove"
else
    wait "$pid" 2>/dev/null
fi
