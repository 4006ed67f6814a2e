# Everything a person does here has a name. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help run test setup web lint format tidy codegen

help: ## list what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: ## install what is missing, build, and serve on localhost
	@scripts/run.sh

test: ## everything that CI runs, set-up included
	@scripts/test.sh

setup: ## install what the tests need and is missing
	@scripts/setup.sh test

web: ## build the web client into web/dist
	@scripts/setup.sh run
	@cd web && npm run build

lint: ## clippy and the web client's linters
	@scripts/test.sh format clippy web-lint web-types

format: ## format Rust and the web client
	@cargo fmt --all
	@cd web && npm run format

tidy: ## the rules of ARCHITECTURE.md
	@cargo run --quiet -p xtask -- tidy

codegen: ## write the API description, TypeScript types and reference pages
	@cargo run --quiet -p xtask -- codegen
