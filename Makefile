# The front door: `make` lists what can be done here.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

export CARGO_TARGET_DIR ?= $(CURDIR)/target
# As many tests at a time as the connections of the test cluster allow (nextest has its own limit).
export RUST_TEST_THREADS ?= 8
# The tests drive the Chromium of the system.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
export CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome || echo chromium)

HEZUO := $(CARGO_TARGET_DIR)/debug/hezuo
RELEASE := $(CARGO_TARGET_DIR)/release/hezuo
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist*' 2> /dev/null)
# Nextest runs each test in a process of its own; without it cargo's own runner does.
NEXTEST := $(shell command -v cargo-nextest 2> /dev/null)
CARGO_TEST := $(if $(NEXTEST),cargo nextest run,cargo test --no-fail-fast)
# Options for `hezuo demo` or `hezuo bench`, as in: make run ARGS="--help"
ARGS ?=

.PHONY: help run test check fmt bless pictures bench release sbom fuzz clean FORCE
.PHONY: test-packages test-supply test-format test-lints test-docs test-web test-rust test-generated test-e2e

help: ## List the recipes
	@echo "make RECIPE, where RECIPE is one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: web/dist/.built ## Build everything and start the demo: prints its addresses and logins
	cargo build --locked -p hezuo-server
	$(HEZUO) demo $(ARGS)

test: ## Run everything; installs PostgreSQL and Chromium from Debian's packages if they are missing
	@for step in packages supply format lints docs web rust generated e2e; do \
	  echo "==> $$step"; \
	  before=$$SECONDS; \
	  $(MAKE) test-$$step; \
	  echo "<== $$step: $$((SECONDS - before)) s"; \
	done; \
	echo "Everything passed in $$SECONDS s."

check: test-format test-lints web/node_modules/.made ## Look over the code without running it: format, lints, types
	cd web && npm run --silent check

fmt: ## Format the Rust code
	cargo fmt --all

bless: web/node_modules/.made ## Write anew what is generated: expected texts, permission matrix, OpenAPI, client schema
	cargo build --locked -p hezuo-server
	scripts/generated.sh write $(HEZUO)
	INSTA_UPDATE=always HEZUO_BLESS=1 scripts/with-postgres.sh $(CARGO_TEST) --workspace --locked

pictures: e2e/out/hezuo ## Take a picture of every screen, phone and desk, in both languages, to look at
	cd e2e && HEZUO=out/hezuo npm run pictures

bench: release ## Measure the intake on both databases with the release build
	scripts/with-postgres.sh --durable $(RELEASE) bench $(ARGS)

release: web/dist/.built ## Build the binary that ships
	cargo build --locked --release -p hezuo-server

sbom: ## Write what ships as CycloneDX: sbom/hezuo.cdx.json and sbom/hezuo-web.cdx.json
	node scripts/supply-chain.mjs --sbom sbom

clean: ## Remove what was built and downloaded in this folder
	rm -rf target web/dist web/dist-* web/node_modules e2e/node_modules e2e/out

# The steps of `make test`, each runnable alone.

test-packages:
	scripts/packages.sh

# Licences, sources, second copies, install scripts: read from the locked lists, without a network.
test-supply: web/node_modules/.made
	cargo fetch --locked --quiet
	node scripts/supply-chain.mjs

test-format:
	cargo fmt --all --check

test-lints: web/dist/.built
	cargo clippy --workspace --all-targets --locked -- -D warnings

test-docs: web/dist/.built
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --document-private-items

test-web: web/node_modules/.made
	cd web && npm run --silent check && npm test

# Every store test runs on SQLite and on the cluster that is started here.
test-rust: web/dist/.built
	INSTA_UPDATE=no scripts/with-postgres.sh $(CARGO_TEST) --workspace --locked
	$(if $(NEXTEST),cargo test --workspace --locked --doc)

# The long trials: each part is a recipe `test-long-PART`. It is built first; then it has 20 minutes, or fails.

LONG_SECONDS ?= 1200
IN_TIME := timeout --kill-after=30 $(LONG_SECONDS)

LONG := attacker api-sqlite api-postgres scan scim killed pair failover syscalls io-errors power restores clock link simulation browser fuzz tenants
.PHONY: test-long $(addprefix test-long-,$(LONG)) test-long-api test-attacker

test-long: ## Run the long trials, one part after the other
	@for part in $(LONG); do \
	  echo "==> long: $$part"; \
	  before=$$SECONDS; \
	  $(MAKE) test-long-$$part; \
	  echo "<== long: $$part: $$((SECONDS - before)) s"; \
	done

# Whatever a stranger can send, changed at random; each target first finds a defect that was planted in it.
test-long-fuzz: export HEZUO_FUZZ_SECONDS ?= 60
test-long-fuzz: web/dist/.built
	cargo test --locked --workspace --test fuzz --no-run
	$(IN_TIME) cargo test --locked --workspace --test fuzz -- --nocapture --test-threads 2

fuzz: web/dist/.built ## Fuzz every target for five minutes
	HEZUO_FUZZ_SECONDS=300 cargo test --locked --workspace --test fuzz -- --nocapture --test-threads 2

# Every operation by every role and by another tenant, on both databases; with one layer off after the
# other.
test-long-tenants: web/dist/.built
	cargo test --locked --workspace --test it --no-run
	INSTA_UPDATE=no $(IN_TIME) scripts/with-postgres.sh cargo test --locked --workspace --test it -- authorisation tenancy

# Everything that is published about people, against a linear program that solves for the rest.
test-long-attacker: test-attacker
test-attacker: export HEZUO_PROGRAMMES ?= 1000
test-attacker: web/dist/.built
	cargo test --locked --workspace --test it --no-run
	$(IN_TIME) scripts/with-postgres.sh cargo test --locked --workspace --test it attacker -- --nocapture

# What other people's scanners find on a served demo; each has an environment of its own beside the build, because
# they ask for different versions of the same libraries.
LONG_TOOLS := $(CARGO_TARGET_DIR)/long-tools
$(LONG_TOOLS)/%/.made: scripts/long/requirements/%.txt
	scripts/packages.sh python
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# Schemathesis sends what the OpenAPI document allows and what it forbids: HEZUO_EXAMPLES of each operation (200).
test-long-api: test-long-api-sqlite test-long-api-postgres
test-long-api-sqlite test-long-api-postgres: test-long-api-%: web/dist/.built $(LONG_TOOLS)/api/.made
	cargo build --locked -p hezuo-server
	$(IN_TIME) scripts/with-postgres.sh $(LONG_TOOLS)/api/bin/python scripts/long/api.py $(HEZUO) $*

# sqlmap and wapiti; HEZUO_SCAN_SECONDS is the most that each takes.
test-long-scan: web/dist/.built $(LONG_TOOLS)/scan/.made
	cargo build --locked -p hezuo-server
	$(IN_TIME) $(LONG_TOOLS)/scan/bin/python scripts/long/scan.py $(HEZUO) sqlite

# scim2-tester, which knows what the standard asks of a server that directories of people call.
test-long-scim: web/dist/.built $(LONG_TOOLS)/scim/.made
	cargo build --locked -p hezuo-server
	$(IN_TIME) scripts/with-postgres.sh bash -euc 'for database in sqlite postgres; do "$$@" $$database; done' - \
	  $(LONG_TOOLS)/scim/bin/python scripts/long/scim.py $(HEZUO)

# Nothing lost: what each part does, and the variables for its size, stands in crates/server/tests/trials.
TRIALS := killed pair failover syscalls io-errors power restores clock link
$(addprefix test-long-,$(TRIALS)): test-long-%: web/dist/.built
	scripts/packages.sh $*
	cargo test --locked --workspace --test trials --no-run
	$(IN_TIME) scripts/with-postgres.sh --durable cargo test --locked --workspace --test trials \
	  $(subst -,_,$*)::$(subst -,_,$*) -- --ignored --exact --nocapture

# Phones, link, crashes and clock from seeds, in one thread over the real rules.
test-long-simulation: export HEZUO_SEEDS ?= 10000
test-long-simulation: web/dist/.built
	cargo test --locked --workspace --test simulation --no-run
	TMPDIR=$(if $(wildcard /dev/shm),/dev/shm,$${TMPDIR:-/tmp}) $(IN_TIME) cargo test --locked --workspace --test simulation -- --nocapture

# A real browser in every trouble; HEZUO_SEED=n HEZUO_RUNS=1 plays one run again.
test-long-browser: e2e/out/hezuo
	cd e2e && npm run --silent check && HEZUO=out/hezuo $(IN_TIME) npx playwright test -c playwright.long.config.ts

test-generated: web/node_modules/.made
	cargo build --locked -p hezuo-server
	scripts/generated.sh compare $(HEZUO)

test-e2e: e2e/out/hezuo
	cd e2e && npm run --silent check && HEZUO=out/hezuo npm test

# A copy of the binary, because another clone may share the build folder and build its own meanwhile.
e2e/out/hezuo: web/dist/.built e2e/node_modules/.made FORCE
	cargo build --locked -p hezuo-server
	install -D $(HEZUO) $@

# Packages and the built web app, made again when their sources are newer.

%/node_modules/.made: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund
	touch $@

web/dist/.built: web/node_modules/.made $(WEB_SOURCES)
	cd web && npm run --silent build
	touch $@
