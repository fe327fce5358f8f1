# Runs a PostgreSQL cluster of its own until standard input ends. Says "ready FOLDER" when it can be asked; the
# folder holds its socket. PostgreSQL refuses to be run by root, who runs it as the user that its package made.
set -eu
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
stop() {
  $as "$bin/pg_ctl" -D "$folder/data" -s -m immediate stop || true
  rm -rf "$folder"
}
trap stop EXIT
cd "$folder"
$as "$bin/initdb" -D "$folder/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 ||
  { cat "$folder/initdb.log"; exit 1; }
$as "$bin/pg_ctl" -D "$folder/data" -s -w -l "$folder/log" -o "-k $folder -c listen_addresses='' -c fsync=off \
  -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c shared_buffers=64MB -c max_connections=300" \
  start >/dev/null || { cat "$folder/log"; exit 1; }
echo "ready $folder"
cat >/dev/null
