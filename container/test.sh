#!/bin/bash
# Tests the image's contents where no Docker is: lays them out with the same script, adds the few files of a base system
# that a Java runtime needs, and runs the service in there as the image would, as a user without rights.
#
#   container/test.sh JAR            needs Linux, root (for chroot) and curl
set -euo pipefail

jar=$(realpath -- "$1")
port=${2:-18099}
root=$(mktemp -d)
server=
cleanup() {
    [[ -n $server ]] && kill "$server" 2>/dev/null && wait "$server" || true
    umount "$root/proc" 2>/dev/null || true
    rm -rf --one-file-system -- "$root"
}
trap cleanup EXIT

"$(dirname "${BASH_SOURCE[0]}")/assemble.sh" "$jar" "$root"

# The base system: a shell, and the libraries that it and the Java runtime are linked against.
mkdir -p "$root"/{bin,tmp,etc,proc,usr/bin}
# As in every container; the loader finds a program's own libraries through it.
mount -t proc proc "$root/proc"
chmod 755 "$root"
chmod 1777 "$root/tmp"
cp /bin/sh "$root/bin/sh"
# ldd fails on files that are not linked dynamically, which need nothing.
{ ldd /bin/sh; find "$root/opt/demitasse/runtime" \( -name '*.so' -o -path '*/bin/java' \) -exec ldd {} + || true; } 2>/dev/null |
    grep -o '/[^ :]*' | grep -v "^$root" | sort -u |
    while read -r library; do
        mkdir -p "$root$(dirname "$library")"
        cp -L -- "$library" "$root$library"
    done

in_root() {
    chroot --userspec=65532:65532 "$root" "$@"
}

echo "image contents: $(du -sm "$root/opt" | cut -f1) MB"
# What the image's ENTRYPOINT and CMD say.
env -i "$(command -v chroot)" --userspec=65532:65532 "$root" /opt/demitasse/bin/demitasse serve --host 0.0.0.0 --port "$port" \
    2> "$root/../$(basename "$root").log" &
server=$!
log="$root/../$(basename "$root").log"
for _ in $(seq 150); do
    if curl -sf "http://127.0.0.1:$port/health" > /dev/null; then break; fi
    kill -0 "$server" 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.2
done

fail() {
    echo "container test: $1" >&2
    cat "$log" >&2
    exit 1
}
grep -q 'vector-[0-9]* kernels' "$log" || fail "the vector kernels are not in use"
reply=$(curl -s "http://127.0.0.1:$port/v1/chat/completions" -H 'Content-Type: application/json' \
    -d '{"messages":[{"role":"user","content":"帮我写一首关于春天的七言绝句，要有花和风"}],"stream":true}')
[[ $reply == *'data: [DONE]'* ]] || fail "the example request was not answered: $reply"
[[ $(curl -sf "http://127.0.0.1:$port/") == *'<title>Demitasse</title>'* ]] || fail "there is no page"
in_root /opt/demitasse/bin/demitasse-health "$port" || fail "the health check fails"
! in_root /opt/demitasse/bin/demitasse-health 1 2>/dev/null || fail "the health check succeeds where nothing listens"
[[ $(stat -c %u "/proc/$server") == 65532 ]] || fail "the service runs as another user"
kill -TERM "$server"
status=0
wait "$server" || status=$?
server=
[[ $status == 143 || $status == 0 ]] || fail "ended with status $status after SIGTERM"
rm -f -- "$log"
echo "container test: passed"
