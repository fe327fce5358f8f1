# Runs a PostgreSQL server on port $1 that takes encrypted connections alone, until standard input ends. Says
# "ready FOLDER" when it can be asked; the folder holds `ca.pem`, which signed its certificate for `localhost`, `other.pem`,
# which signed nothing, and `self.pem`, a certificate that signed itself, with its key.
set -eu
trap '' HUP INT TERM
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n1)
folder=$(mktemp -d -t obzor-tls.XXXXXX)
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
chmod 755 "$folder"
certificate() { # $1: name, rest: options
  name=$1
  shift
  $as openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$name.key" -out "$name.pem" \
    "$@" 2>openssl.log || { cat openssl.log; exit 1; }
}
certificate ca -subj /CN=ca
certificate other -subj /CN=other
certificate self -subj /CN=localhost -addext subjectAltName=DNS:localhost
certificate server -CA ca.pem -CAkey ca.key -subj /CN=db -addext subjectAltName=DNS:localhost -addext basicConstraints=CA:FALSE
echo tajneheslo >password
$as "$bin/initdb" -D data -A scram-sha-256 --pwfile password -U postgres --no-sync >initdb.log 2>&1 || { cat initdb.log; exit 1; }
write() { # $1: file of the cluster, rest: its new last lines
  file=data/$1
  shift
  printf '%s\n' "$@" | $as tee -a "$file" >/dev/null
}
show() { # the certificate $1
  write postgresql.conf "ssl_cert_file = '$folder/$1.pem'" "ssl_key_file = '$folder/$1.key'"
}
: >data/pg_hba.conf
write pg_hba.conf "hostssl all all 127.0.0.1/32 scram-sha-256"
write postgresql.conf "ssl = on" "fsync = off" "port = $1" "unix_socket_directories = '$folder'" "listen_addresses = '127.0.0.1'"
show server
$as "$bin/pg_ctl" -D data -s -w -l log start >/dev/null || { cat log; exit 1; }
echo "ready $folder"
while read -r name; do
  show "$name"
  $as "$bin/pg_ctl" -D data -s reload
  echo "shows $name"
done
