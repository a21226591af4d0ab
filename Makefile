# Everything that a contributor types. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help run chat test prove fuzz test-compose test-browser compose-secrets compose-up compose-down check bench bench-scaling bench-quick bench-guard rolling-restart resume-figures slow-reader hello-figures big-room receipts-figures presence-figures search-figures build reset node

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: node ## Install, build and start everything on this machine; Ctrl-C stops it
	@node scripts/prepare.mjs && exec node services/launcher/dist/src/main.js

chat: node ## Chat in this terminal on the running system: make chat AS=alice
	@node scripts/prepare.mjs && exec node services/launcher/dist/src/chat.js $(AS)

test: node ## Run everything that proves it: types, lint, unit, contract, real engines, end to end
	@node scripts/prepare.mjs install && exec node scripts/test.mjs

prove: node ## Try to break the guarantee: make prove SECONDS=600 SEED=1 CLUSTER=1; see docs/guarantees.md
	@node scripts/prepare.mjs && exec node test/dist/guarantee/main.js \
		$(if $(SECONDS),--seconds=$(SECONDS)) $(if $(SEED),--seed=$(SEED)) $(if $(CLUSTER),--cluster)

fuzz: node ## Frames and requests of every kind: make fuzz FRAMES=1000000 REQUESTS=100000 SEED=1
	@node scripts/prepare.mjs && exec node test/dist/fuzz/main.js \
		$(if $(FRAMES),--frames=$(FRAMES)) $(if $(REQUESTS),--requests=$(REQUESTS)) $(if $(SEED),--seed=$(SEED))

test-compose: node ## Bring the whole stack up in containers, shoot at it, take it down; needs Docker, or root on Debian
	@node scripts/prepare.mjs && exec node test/compose/run.mjs $(if $(IF_POSSIBLE),--if-possible)

test-browser: node ## Run the examples and the SDK in a real Chromium; installs Debian's when root there
	@node scripts/prepare.mjs install && exec node test/browser/run.mjs $(if $(IF_POSSIBLE),--if-possible)

compose-secrets: ## Make the secrets of the stack in containers, once
	@deploy/make-secrets.sh

compose-up: ## Start the stack in containers: https://localhost:8443
	@docker compose up --build --detach

compose-down: ## Stop it; its data stays
	@docker compose down

check: node ## Types, lint and unit tests, in under a minute
	@node scripts/prepare.mjs install && exec node scripts/check.mjs

bench: node ## Measure all rows beside what people use, in 40 minutes: make bench ROWS="P1 P4"; see docs/performance.md
	@node scripts/prepare.mjs && exec node bench/dist/src/main.js all $(ROWS)

bench-scaling: node ## What a delivery costs with one, two and three edges, and with three copies of the log
	@node scripts/prepare.mjs && exec node bench/dist/src/main.js scaling

bench-quick: node ## Measure on this machine, in under three minutes: see docs/performance.md
	@node scripts/prepare.mjs && exec node bench/dist/src/main.js quick

bench-guard: node ## Whether this tree costs more CPU than bench/results/baseline.json: UPDATE=1 writes it, SLOWED=1 must fail
	@node scripts/prepare.mjs && exec node bench/dist/src/guard/main.js \
		$(if $(UPDATE),--update) $(if $(SLOWED),--slowed) $(if $(IF_POSSIBLE),--if-possible)

rolling-restart: node ## Stop, then kill, every edge in turn under 2,000 messages/s; prints what clients noticed
	@node scripts/prepare.mjs && exec node bench/dist/src/main.js rolling-restart

resume-figures: node ## How long coming back takes, and what it leaves in memory: SECONDS=600
	@node scripts/prepare.mjs && exec node bench/dist/src/main.js resume $(or $(SECONDS),600)

slow-reader: node ## What neighbours notice of a client that stops reading
	@node scripts/prepare.mjs && exec node bench/dist/src/main.js slow-reader

hello-figures: node ## How long hello of a user with 500 rooms takes
	@node scripts/prepare.mjs && exec node bench/dist/src/main.js hello

big-room: node ## What people do in a room of 10,000 members, against a room of 10
	@node scripts/prepare.mjs && exec node bench/dist/src/main.js big-room

receipts-figures: node ## What receipts cost in a room of 10,000 members: SOCKETS=2000
	@node scripts/prepare.mjs && exec node bench/dist/src/main.js receipts $(SOCKETS)

presence-figures: node ## Clients reconnect at once when their edge is killed, what watchers are told: CLIENTS=5000
	@node scripts/prepare.mjs && exec node bench/dist/src/main.js presence $(CLIENTS)

search-figures: node ## How long searches take in a room and over a hundred, and what projecting costs
	@node scripts/prepare.mjs && exec node bench/dist/src/main.js search

build: node ## Install what is needed and compile
	@node scripts/prepare.mjs

reset: node ## Delete the data of `make run`
	@node scripts/prepare.mjs && exec node services/launcher/dist/src/reset.js

node:
	@command -v node >/dev/null 2>&1 || { echo "node was not found: install Node 22 (or 20.19 and newer) from https://nodejs.org." >&2; exit 1; }
	@command -v npm >/dev/null 2>&1 || { echo "npm was not found: it comes with Node, install Node 22 from https://nodejs.org." >&2; exit 1; }
