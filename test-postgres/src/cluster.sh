# Runs a PostgreSQL cluster of its own until standard input ends. Says "ready FOLDER" when it can be asked; the folder
# holds its socket. Then does what each line of standard input says and answers "done". What is started here is stopped
# at the end, however that comes. PostgreSQL refuses to be run by root, who runs it as the user that its package made.
# With the argument `on`, what was committed outlives a kill.
set -eu
synchronous_commit=$1
# Whoever stops the tests signals their whole group; what is to be cleaned up is ours to do after them.
trap '' HUP INT TERM
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n1)
if [ -z "$bin" ] || ! ls "${bin%/bin}"/lib/postgis-3.so >/dev/null 2>&1; then
  echo "PostgreSQL with PostGIS is not installed; scripts/setup --test installs it"
  exit 1
fi
folder=$(mktemp -d -t obzor-pg.XXXXXX)
as=
if [ "$(id -u)" = 0 ]; then
  chown postgres "$folder"
  as="runuser -u postgres --"
fi
processes() { # of the server in folder $1: the first one and its children
  first=$(head -n1 "$folder/$1/postmaster.pid" 2>/dev/null) || return 0
  echo "$first" $(ps -o pid= --ppid "$first")
}
signal() { # all processes of server $1 with signal $2
  for process in $(processes "$1"); do kill -"$2" "$process" 2>/dev/null || true; done
}
stop() {
  for server in standby data; do
    if [ -f "$folder/$server/postmaster.pid" ]; then
      signal "$server" CONT
      $as "$bin/pg_ctl" -D "$folder/$server" -s -m immediate stop >/dev/null 2>&1 || true
    fi
  done
  rm -rf "$folder"
}
trap stop EXIT
start() { # server $1, whose socket lies in folder $2
  $as "$bin/pg_ctl" -D "$folder/$1" -s -w -l "$folder/log" -o "-k $2 -c listen_addresses='' -c fsync=off \
    -c synchronous_commit=$synchronous_commit -c full_page_writes=off -c autovacuum=off \
    -c shared_buffers=64MB -c max_connections=300" start >/dev/null || { cat "$folder/log"; exit 1; }
}
die() { # server $1, whose socket lies in folder $2, with all its processes at once
  all=$(processes "$1")
  signal "$1" KILL
  for process in $all; do
    while kill -0 "$process" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$process/status" 2>/dev/null; do sleep 0.01; done
  done
  # Where nobody buries dead processes, PostgreSQL takes the one that these name for alive.
  rm -f "$folder/$1/postmaster.pid" "$2"/.s.PGSQL.*
}
copy() { # makes the standby and starts it
  $as mkdir -p "$folder/standby-socket"
  $as "$bin/pg_basebackup" -h "$folder" -U postgres -D "$folder/standby" -R -X stream -c fast --no-sync >/dev/null
  start standby "$folder/standby-socket"
}
cd "$folder"
$as "$bin/initdb" -D "$folder/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 ||
  { cat "$folder/initdb.log"; exit 1; }
start data "$folder"
echo "ready $folder"
while read -r what; do
  case $what in
    kill) die data "$folder" ;;
    start) start data "$folder" ;;
    freeze) signal data STOP ;;
    thaw) signal data CONT ;;
    standby) copy ;;
    kill-standby) die standby "$folder/standby-socket" ;;
    start-standby) start standby "$folder/standby-socket" ;;
  esac
  echo "done"
done
