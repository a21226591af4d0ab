#!/bin/bash
# A member of the replica set. mongod wants its key file for itself alone, and a mounted secret is readable by its group.
set -euo pipefail
key=/run/secrets/mongo-keyfile
[ -r "$key" ] || { echo "cannot read the secret $key: deploy/make-secrets.sh makes it" >&2; exit 78; }
[ "$(wc -c <"$key")" -ge 64 ] || { echo "the secret $key is too short: deploy/make-secrets.sh makes a good one" >&2; exit 78; }
install -m 0400 "$key" /tmp/keyfile
# A killed process' open transaction holds its rows until then; none of Gapless' is wanted any more after 8 s.
exec mongod --setParameter transactionLifetimeLimitSeconds=10 --replSet rs0 --keyFile /tmp/keyfile --bind_ip_all --dbpath /data/db \
  --wiredTigerCacheSizeGB "${CACHE_GB:-1}" --unixSocketPrefix /tmp --quiet
