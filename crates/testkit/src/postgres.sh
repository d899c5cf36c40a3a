# Runs a PostgreSQL server in a directory of its own, for as long as standard input is open. Reads a command a line, and
# answers each with a line: `start`, `crash` (as if the server was killed), and anything else as `start` says.
# $1: where PostgreSQL's programs are.
set -eu
programs="$1"
directory="$(mktemp -d "${TMPDIR:-/tmp}/passbook-pg.XXXXXX")"
as_user=""
# The server refuses to run as root.
if [ "$(id -u)" -eq 0 ]; then
  user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  chown "$user" "$directory"
  as_user="setpriv --reuid=$user --clear-groups"
fi
cd "$directory"
pid=""
crash() {
  [ -z "$pid" ] || { kill -QUIT "$pid"; wait "$pid" || true; }
  pid=""
}
trap 'crash; rm -rf "$directory"' EXIT
trap 'exit 1' TERM INT

$as_user "$programs/initdb" -D "$directory/data" -U passbook -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$directory/log" 2>&1 || {
  cat "$directory/log" >&2
  exit 1
}
echo "$directory"
while read -r command; do
  case "$command" in
    start)
      $as_user "$programs/postgres" -D "$directory/data" -k "$directory" -c listen_addresses= -c fsync=off \
        -c max_connections=300 -c shared_buffers=32MB -c max_pred_locks_per_transaction=256 \
        >>"$directory/log" 2>&1 </dev/null &
      pid=$!
      until grep -q '^ready' "$directory/data/postmaster.pid" 2>/dev/null; do
        kill -0 "$pid"
        sleep 0.05
      done
      ;;
    crash) crash ;;
  esac
  echo "$command"
done
