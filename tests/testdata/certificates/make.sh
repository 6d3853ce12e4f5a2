#!/bin/sh
# Makes the certificates anew. The keys are here for all to see and guard nothing.
set -eu
cd "$(dirname "$0")"
DAYS=36500
key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key"; }
NAMES=subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1

# An authority, and a server it vouches for.
key authority
openssl req -x509 -new -key authority.key -subj "/CN=Test authority" -days $DAYS \
  -addext basicConstraints=critical,CA:TRUE -out authority.pem
key server
openssl req -x509 -new -key server.key -subj "/CN=Test server" -days $DAYS \
  -CA authority.pem -CAkey authority.key -addext basicConstraints=CA:FALSE -addext $NAMES \
  -out server.pem
rm authority.key

# What "openssl req -x509" gives without further thought, as many private registries have it: a server
# that is its own authority.
key self-signed
openssl req -x509 -new -key self-signed.key -subj "/CN=Test registry" -days $DAYS -addext $NAMES \
  -out self-signed.pem
