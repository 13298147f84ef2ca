# Two commands do everything: `make run` starts the site, `make test` passes the tests.
.PHONY: run test long lint format lock fuzz faults vllm
run:
	@scripts/setup.sh run
	@exec .venv/bin/python manage.py up
test:
	@scripts/setup.sh test
	@scripts/test.sh
long:
	@scripts/setup.sh test
	@scripts/long.sh
lint:
	@scripts/setup.sh test
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy . && .venv/bin/lint-imports
format:
	.venv/bin/ruff check --fix . ; .venv/bin/ruff format .
lock:
	scripts/lock.sh
fuzz:
	@scripts/fuzz.sh
vllm:
	@scripts/vllm.sh
# make faults FAULTS="--cuts 200 --kills 20 --seed 2"
faults:
	@scripts/setup.sh test
	@.venv/bin/python -m tests.flows.faults $(FAULTS)
