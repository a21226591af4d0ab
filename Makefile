# Everything that a contributor types. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help run chat test check build reset node

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: node ## Install, build and start everything on this machine; Ctrl-C stops it
	@node scripts/prepare.mjs && exec node services/launcher/dist/src/main.js

chat: node ## Chat in this terminal on the running system: make chat AS=alice
	@node scripts/prepare.mjs && exec node services/launcher/dist/src/chat.js $(AS)

test: node ## Run everything that proves it: types, lint, unit, contract, real engines, end to end
	@node scripts/prepare.mjs install && exec node scripts/test.mjs

check: node ## Types, lint and unit tests, in under a minute
	@node scripts/prepare.mjs install && exec node scripts/check.mjs

build: node ## Install what is needed and compile
	@node scripts/prepare.mjs

reset: node ## Delete the data of `make run`
	@node scripts/prepare.mjs && exec node services/launcher/dist/src/reset.js

node:
	@command -v node >/dev/null 2>&1 || { echo "node was not found: install Node 22 (or 20.19 and newer) from https://nodejs.org." >&2; exit 1; }
	@command -v npm >/dev/null 2>&1 || { echo "npm was not found: it comes with Node, install Node 22 from https://nodejs.org." >&2; exit 1; }
