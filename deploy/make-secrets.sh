#!/bin/sh
# Makes every secret of the compose stack, once: `deploy/make-secrets.sh [folder]`, by default deploy/secrets.
# Refuses to touch a folder that is there: a new MongoDB key beside old data would lock the stack out of it.
set -eu
umask 077
dir=${1:-$(dirname "$0")/secrets}
if [ -e "$dir" ]; then
  echo "$dir is there already: secrets are made once. Remove it yourself if its data is gone too." >&2
  exit 1
fi
command -v openssl >/dev/null || { echo 'openssl was not found: install it, or make the files by hand as docs/operations.md lists them.' >&2; exit 1; }

# Written beside the folder and renamed: a run that was cut short leaves nothing that looks finished.
draft="$dir.draft.$$"
trap 'rm -rf "$draft"' EXIT
mkdir -p "$draft"
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
password() { openssl rand 33 | base64url; }
keep() { printf '%s\n' "$2" >"$draft/$1"; }

edge=$(password) api=$(password) worker=$(password) route=$(password)
keep nats-edge-password "$edge"
keep nats-api-password "$api"
keep nats-log-worker-password "$worker"
cat >"$draft/nats-passwords.conf" <<CONF
EDGE_PASSWORD: "$edge"
API_PASSWORD: "$api"
LOG_WORKER_PASSWORD: "$worker"
ROUTE_PASSWORD: "$route"
ROUTES: ["nats://route:$route@nats-1:6222", "nats://route:$route@nats-2:6222", "nats://route:$route@nats-3:6222"]
CONF

members=mongo-1:27017,mongo-2:27017,mongo-3:27017
mongo_url() { echo "mongodb://$1:$2@$members/?replicaSet=rs0&authSource=admin"; }
api_store=$(password) worker_store=$(password)
openssl rand 540 | openssl base64 -A >"$draft/mongo-keyfile"
keep mongo-admin-password "$(password)"
keep mongo-api-url "$(mongo_url api "$api_store")"
keep mongo-log-worker-url "$(mongo_url log-worker "$worker_store")"

# The private key signs access tokens; edges need its public half only.
openssl genpkey -algorithm ed25519 -out "$draft/signing-key.pem"
x=$(openssl pkey -in "$draft/signing-key.pem" -pubout -outform DER | tail -c 32 | base64url)
# RFC 7638: the key id follows from the key, here as in shared/src/runtime/signing-key.ts.
kid=$(printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$x" | openssl dgst -sha256 -binary | base64url)
keep jwks.json "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"$x\",\"kid\":\"$kid\",\"alg\":\"EdDSA\",\"use\":\"sig\"}]}"

# Containers run as other users than yours and must read the files: the folder keeps everybody else out.
chmod 0444 "$draft"/*
chmod 0700 "$draft"
mv "$draft" "$dir"
echo "made $dir: keep a copy somewhere safe, and the folder out of version control"
