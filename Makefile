# Every target is `python3 dev.py TARGET`, for machines without make. `make help` lists them.
PYTHON ?= python3
TARGETS = help install run test lint format bench drill services worker lock

.PHONY: $(TARGETS)
$(TARGETS):
	@$(PYTHON) dev.py $@ $(ARGS)

.DEFAULT_GOAL := help
