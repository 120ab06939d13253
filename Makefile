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

# Objects and archives as the compiler leaves them: nothing here is linked.
KERNEL_OBJECTS = start main link parts place paging memory screen font \
	modules fault exceptions power
LIBK_OBJECTS   = print string serial untaken
MODULES        = greet hello

KERNEL_FLAGS = -std=c11 -Iinclude -ffreestanding -mcmodel=kernel \
	-mno-red-zone -mgeneral-regs-only -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-merge-constants -Wno-ignored-optimization-argument \
	-fno-omit-frame-pointer -fno-optimize-sibling-calls \
	-ffile-prefix-map=$(CURDIR)=.

# Where the objects go, and a -DBREAK_X that breaks one thing for the tests:
# `make kernel KERNEL=folder BREAK=-DBREAK_BSS`.
KERNEL = $(BUILD)/kernel
BREAK  =

KERNEL_FILES = $(KERNEL_OBJECTS:%=$(KERNEL)/%.o) $(KERNEL)/libk.a
MODULE_FILES = $(MODULES:%=$(BUILD)/modules/%.ko)

kernel: $(KERNEL_FILES) $(MODULE_FILES)

$(KERNEL)/%.o: kernel-sample/%.c
	@mkdir -p $(@D)
	$(CC) $(KERNEL_FLAGS) $(BREAK) $(CFLAGS) $(WARN) $(DEPEND) -c $< -o $@

$(KERNEL)/%.o: kernel-sample/%.asm
	@mkdir -p $(@D)
	nasm -f elf64 $(BREAK) $< -o $@

$(KERNEL)/libk.a: $(LIBK_OBJECTS:%=$(KERNEL)/lib/%.o)
	@rm -f $@
	ar rcsD $@ $^

$(BUILD)/modules/%.ko: kernel-sample/modules/%.c
	@mkdir -p $(@D)
	$(CC) $(KERNEL_FLAGS) $(CFLAGS) $(WARN) $(DEPEND) -c $< -o $@

# The EFI system partition as a folder, and a disk image of it.
ESP_FILES = $(BUILD)/esp/EFI/BOOT/BOOTX64.EFI $(BUILD)/esp/bootlink.conf \
	$(BUILD)/esp/linker.ld $(KERNEL_FILES:$(KERNEL)/%=$(BUILD)/esp/kernel/%) \
	$(MODULES:%=$(BUILD)/esp/modules/%.ko)

esp: $(ESP_FILES)

$(BUILD)/esp/EFI/BOOT/BOOTX64.EFI: $(BUILD)/BOOTX64.EFI
$(BUILD)/esp/bootlink.conf: kernel-sample/bootlink.conf
$(BUILD)/esp/linker.ld: linker.ld
$(BUILD)/esp/kernel/%: $(KERNEL)/%
	@mkdir -p $(@D)
	cp $< $@
$(BUILD)/esp/modules/%: $(BUILD)/modules/%
	@mkdir -p $(@D)
	cp $< $@
$(BUILD)/esp/EFI/BOOT/BOOTX64.EFI $(BUILD)/esp/bootlink.conf $(BUILD)/esp/linker.ld:
	@mkdir -p $(@D)
	cp $< $@

$(BUILD)/disk.img: $(ESP_FILES) tools/mkdisk
	tools/mkdisk $@ $(BUILD)/esp


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

.PHONY: all unit clean kernel esp
.DELETE_ON_ERROR:
-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d)
