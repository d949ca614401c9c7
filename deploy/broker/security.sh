# shellcheck shell=bash
# A test authority, certificates and users, for a broker that asks who calls. Sourced by start and certificate, never run.
# All of it lies in DATA/security, readable by its owner only; no secret is ever an argument of a process.

# Who may log in: the administrator, a fusiond that does everything, its roles, and a dispatch system that reads incidents.
users=(admin fusiond setup intake correlate serve dispatch)

# Makes the authority of folder $1.
make_authority() {
  mkdir -p -m 700 "$1" "$1/issued"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=test authority" \
    -keyout "$1/ca.key" -out "$1/ca.crt" 2>/dev/null
  : >"$1/index"
  cat >"$1/ca.conf" <<CONF
[ca]
default_ca=test
[test]
database=$1/index
new_certs_dir=$1/issued
unique_subject=no
rand_serial=yes
default_md=sha256
policy=any
x509_extensions=loopback
[any]
commonName=supplied
[loopback]
subjectAltName=IP:127.0.0.1,DNS:localhost
CONF
}

# Gives NAME ($2) a new key and a certificate of the authority in folder $1, good from an hour ago for $3 seconds from now.
# The two files are put in place one after the other, as most tools do.
issue() {
  local folder=$1 name=$2 seconds=$3 from until
  from=$(date -u -d "-1 hour" +%Y%m%d%H%M%SZ)
  until=$(date -u -d "$seconds seconds" +%Y%m%d%H%M%SZ)
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
    -keyout "$folder/$name.key.next" -out "$folder/$name.csr" 2>/dev/null
  openssl ca -batch -notext -config "$folder/ca.conf" -cert "$folder/ca.crt" -keyfile "$folder/ca.key" \
    -in "$folder/$name.csr" -out "$folder/$name.crt.next" -startdate "$from" -enddate "$until" 2>"$folder/issue.log" ||
    { cat "$folder/issue.log" >&2; return 1; }
  rm "$folder/$name.csr"
  if [ "$name" = broker ]; then cat "$folder/broker.key.next" "$folder/broker.crt.next" >"$folder/broker.pem"; fi
  mv "$folder/$name.key.next" "$folder/$name.key"
  mv "$folder/$name.crt.next" "$folder/$name.crt"
}

# Everything that a broker with security needs, in folder $1.
make_security() (
  local user
  umask 077
  make_authority "$1"
  issue "$1" broker $((30 * 86400))
  for user in "${users[@]}"; do
    issue "$1" "$user" $((30 * 86400))
    head -c 18 /dev/urandom | base64 | tr -d '+/=' >"$1/$user.password"
  done
)

# The arguments that give the storage its users, one a line, for a tool that reads them from a file.
scram_arguments() {
  local user
  for user in "${users[@]}"; do
    printf '%s\n' --add-scram "SCRAM-SHA-512=[name=$user,password=$(cat "$1/$user.password")]"
  done
}

# The server's properties: SCRAM and PLAIN over TLS on one port, client certificates on another, and nobody may do
# anything that no ACL allows. $1 = folder, $2 = port, $3 = port for certificates, $4 = the controller's port
security_properties() {
  local user plain=
  for user in "${users[@]}"; do plain+=" user_$user=\"$(cat "$1/$user.password")\""; done
  cat <<PROPERTIES
listeners=CLIENTS://127.0.0.1:$2,TLS://127.0.0.1:$3,CONTROLLER://127.0.0.1:$4
advertised.listeners=CLIENTS://127.0.0.1:$2,TLS://127.0.0.1:$3
inter.broker.listener.name=TLS
listener.security.protocol.map=CLIENTS:SASL_SSL,TLS:SSL,CONTROLLER:SSL
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
listener.name.clients.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.clients.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required$plain;
listener.name.tls.ssl.client.auth=required
listener.name.controller.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location=$1/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location=$1/ca.crt
# A certificate and a password of the same name are the same user.
ssl.principal.mapping.rules=RULE:^CN=([^,]+).*\$/\$1/,DEFAULT
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:broker;User:admin
PROPERTIES
}
