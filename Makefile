# Bootlink. `make help` lists what can be made.

CC      ?= gcc
CFLAGS  ?= -O2 -g
WARN     = -Wall -Wextra
BUILD    = build
DESTDIR ?=
PREFIX  ?= /usr/local

# One set of flags for loader/ and boot/, in firmware, on the host and inside a
# kernel. Firmware interrupts run on our stack: no red zone.
CORE_FLAGS = -std=c11 -Iinclude -ffreestanding -fpie -fvisibility=hidden \
	-mno-red-zone -mgeneral-regs-only -fno-stack-protector \
	-fno-asynchronous-unwind-tables
HOST_FLAGS = -std=c11 -Iinclude -Iloader -D_GNU_SOURCE
DEPEND     = -MMD -MP

all: $(BUILD)/BOOTX64.EFI $(BUILD)/bootlink $(BUILD)/ld.bootlink \
	$(BUILD)/disk.img

# ---- loader/: the linker, in reading order ----------------------------------

LOADER = link inputs elf archive symbols sections exports \
	script_lex script_parse script_match script_eval orphans layout segments \
	got image reloc_x86_64 \
	config folder modules system paging_x86_64 memmap handoff_native \
	map glob text diagnose arena bytes

# Three times the same sources: for firmware and kernels, for host commands
# (the same flags), and for tests under sanitizers.
LOADER_CORE = $(LOADER:%=$(BUILD)/loader/%.o)
LOADER_TEST = $(LOADER:%=$(BUILD)/loader-test/%.o)

$(BUILD)/loader/%.o: loader/%.c
	@mkdir -p $(@D)
	$(CC) $(CORE_FLAGS) $(CFLAGS) $(WARN) $(DEPEND) -c $< -o $@

SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
$(BUILD)/loader-test/%.o: loader/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_FLAGS) -O1 -g $(SANITIZE) $(WARN) $(DEPEND) -c $< -o $@

$(BUILD)/libbootlink.a: $(LOADER_CORE)
	@rm -f $@
	ar rcsD $@ $^

# ---- boot/: the UEFI application ---------------------------------------------

# ---- tools/: host commands ---------------------------------------------------

# ---- kernel-sample/ and the disk image ---------------------------------------

# ---- tests ---------------------------------------------------------------------

UNIT_TESTS = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))

$(BUILD)/tests/%: tests/unit/%.c $(LOADER_TEST)
	@mkdir -p $(@D)
	$(CC) $(HOST_FLAGS) -Itests -O1 -g $(SANITIZE) $(WARN) $(DEPEND) $< \
		$(LOADER_TEST) -lcmocka -o $@

unit: $(UNIT_TESTS)
	@for t in $^; do $$t || exit 1; done

# ---- everything else -----------------------------------------------------------

clean:
	rm -rf $(BUILD)

.PHONY: all unit clean
.DELETE_ON_ERROR:
-include $(wildcard $(BUILD)/*/*.d)
