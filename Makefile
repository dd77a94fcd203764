# Short names for what Meson and the scripts do.  BUILD=folder builds elsewhere.
BUILD ?= build
ARGS ?=

.PHONY: all build program run check check-fast asan tsan fuzz bench install format reference clean
all: build
build: $(BUILD)/build.ninja
	@ninja -C $(BUILD) $(if $(VERBOSE),-v,--quiet)
$(BUILD)/build.ninja:
	@meson setup $(BUILD) . >$(BUILD)-setup.log 2>&1 || { cat $(BUILD)-setup.log; exit 1; }
	@rm -f $(BUILD)-setup.log
# what ./run needs, without the tests
program: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet streamvault sv-media ngx_http_streamvault_module.so
run: program
	SV_STATE=$${SV_STATE:-$(CURDIR)/var} $(BUILD)/streamvault up --demo $(ARGS)
check:
	@scripts/check $(ARGS)
check-fast:
	@scripts/check unit
asan:
	@scripts/check asan
tsan:
	@scripts/check tsan
fuzz:
	@scripts/fuzz $(ARGS)
bench: build
	@scripts/bench $(ARGS)
install: build
	meson install -C $(BUILD)
format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i
reference: build
	@mkdir -p docs/reference; for page in settings errors metrics events http commands; do $(BUILD)/streamvault reference $$page >docs/reference/$$page.md || exit 1; done
clean:
	rm -rf $(BUILD) build-*
