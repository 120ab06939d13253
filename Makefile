# Bootlink. `make help` lists what can be made.

CC      ?= gcc
CFLAGS  ?= -O2 -g
WARN     = -Wall -Wextra
BUILD    = build
DESTDIR ?=
PREFIX  ?= /usr/local

# One set of flags for loader/ and boot/, in firmware, on the host and inside a
# kernel. Firmware interrupts run on our stack: no red zone. Ubuntu's gcc would
# call __memcpy_chk: no _FORTIFY_SOURCE. The last line is for size, 5 KiB.
CORE_FLAGS = -std=c11 -Iinclude -ffreestanding -fpie -fvisibility=hidden \
	-mno-red-zone -mgeneral-regs-only -fno-stack-protector \
	-fno-asynchronous-unwind-tables -U_FORTIFY_SOURCE \
	-ffunction-sections -falign-functions=1 -falign-loops=1 $(CORE_BY_GCC)
ifeq ($(findstring clang,$(CC)),)
CORE_BY_GCC  = -fno-align-jumps
FAST_BY_GCC  = -freorder-blocks-algorithm=simple
SMALL_BY_GCC = -fno-tree-loop-im -fno-move-loop-invariants -fno-caller-saves \
	-fno-tree-dominator-opts -fno-tree-sra -fno-shrink-wrap -fno-jump-tables
endif
HOST_FLAGS = -std=c11 -Iinclude -Iloader -D_GNU_SOURCE
DEPEND     = -MMD -MP

# Objects are made again when these are others. Which compiler it is, its folder
# has to tell, and what is broken for a test, KERNEL's. They do not depend on what
# this folder is called (-ffile-prefix-map).
ALL_FLAGS = $(CORE_FLAGS), $(CFLAGS), $(SMALL_BY_GCC), $(FAST_BY_GCC), \
	$(LOADER_FAST), $(HOST_FLAGS), $(SANITIZE), \
	$(subst $(CURDIR),.,$(KERNEL_FLAGS)), $(FUZZ_CC)
FLAGS = $(BUILD)/flags

all: $(BUILD)/BOOTX64.EFI $(BUILD)/bootlink $(BUILD)/ld.bootlink \
	$(BUILD)/libbootlink.a $(BUILD)/disk.img

$(FLAGS): always
	@mkdir -p $(@D)
	@echo '$(subst ',,$(ALL_FLAGS))' | cmp -s - $@ || \
		echo '$(subst ',,$(ALL_FLAGS))' > $@

# ---- loader/: the linker, in reading order ----------------------------------

LOADER = link link_entry link_error \
	scripts script_lex script_read script_error script_expr script_pattern \
	script_section script_regions script_inputs script_include \
	script_overlay script_text script_commands script_parse script_insert \
	script_early module_layout \
	inputs input_kinds input_scripts input_archives input_groups \
	input_nothing give_back search elf elf_sections elf_peek elf_groups \
	elf_once elf_symbols elf_symbols_usual elf_relocations executable \
	shared shared_dynamic shared_symbols shared_versions shared_hash shared_marks \
	shared_relr shared_bind shared_lazy shared_place shared_x86_64 link_shared \
	archive archive_index archive_names archive_thin \
	archive_search binary symbol_table symbols symbol_order symbol_address \
	versions locals locals_usual \
	marks modinfo parameters parameter_words exports symbols_by_address \
	warnings sections inflate build_id properties gc gc_script gc_frames \
	got got_loads ifunc ifunc_call \
	script_match script_sort script_arrange sort_section pattern_index link_order outputs output_type \
	header_order orphans orphan_traits orphan_nearest orphan_notes \
	merge merge_read merge_room merge_table merge_alike merge_ends merge_settle \
	eh_frame eh_frame_read eh_frame_code eh_frame_cies eh_frame_hdr \
	layout load_address contents contents_dot pieces script_eval script_operators script_assign data_segment regions region_names \
	start_stop overlap tls crossrefs \
	image image_sections image_file pages segments stack phdrs file_offsets extras names link_other relocate_object \
	relocate relocate_usual reloc_x86_64 relax_x86_64 tls_x86_64 \
	config config_keys config_path folder \
	libraries modules module_name module_report module_exports module_needs module_order \
	module_circle module_explain imports version heap \
	system system_modules parameters_of_boot command_line builtin \
	paging_x86_64 memmap handoff_native handoff_modules handoff_sections input_ranges \
	handoff_symbols handoff_pages \
	runtime runtime_boot runtime_exports runtime_imports runtime_place \
	runtime_load runtime_keep runtime_unload runtime_symbols \
	runtime_relocations runtime_shared \
	map glob text diagnose arena arena_pieces sort sort_between bytes

# Three times the same sources: for firmware and kernels, for host commands
# (the same flags), and for tests under sanitizers.
LOADER_CORE = $(LOADER:%=$(BUILD)/loader/%.o)
LOADER_TEST = $(LOADER:%=$(BUILD)/loader-test/%.o)

# The linker is made small, as firmware has to hold it, but fast where it works
# for every symbol, section or relocation. So it is in all homes alike.
LOADER_FAST = elf elf_sections elf_symbols_usual elf_groups \
	elf_relocations locals_usual symbol_table got_loads relocate_usual \
	archive_index archive_names archive_search merge_table merge_alike \
	merge_settle eh_frame eh_frame_code eh_frame_read script_lex \
	script_read script_match contents symbols_by_address sort sort_between \
	handoff_symbols

SMALL = $(CFLAGS:-O2=-Oz $(SMALL_BY_GCC))
$(LOADER_FAST:%=$(BUILD)/loader/%.o): SMALL = $(CFLAGS) $(FAST_BY_GCC)

$(BUILD)/loader/%.o: loader/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(CORE_FLAGS) $(SMALL) $(WARN) $(DEPEND) -c $< -o $@

SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
$(BUILD)/loader-test/%.o: loader/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(HOST_FLAGS) -O1 -g $(SANITIZE) $(WARN) $(DEPEND) -c $< -o $@

# The built-in copy of the kernel's layout goes without comments and margins, 2 KiB;
# its lines keep their numbers.
BUILTIN = $(BUILD)/builtin/linker.ld
$(BUILD)/loader/builtin.o $(BUILD)/loader-test/builtin.o: $(BUILTIN)
$(BUILD)/loader/builtin.o: private CORE_FLAGS += -Wa,-I$(BUILD)
$(BUILD)/loader-test/builtin.o: private HOST_FLAGS += -Wa,-I$(BUILD)

$(BUILD)/builtin/%: %
	@mkdir -p $(@D)
	sed -e 's|/\*.*\*/||' -e '/\/\*/,/\*\//s/.*//' -e 's/^ *//;s/ *$$//' $< > $@

$(BUILD)/tools/static_script.o $(BUILD)/tools-test/static_script.o: loader/static.ld loader/relocatable.ld

# Last: what the compiler calls, unless a kernel has its own.
$(BUILD)/loader.a: $(LOADER_CORE) $(BUILD)/loader/memory.o
	@rm -f $@
	ar rcsD $@ $^

# The same for a kernel of somebody else's, who may call functions as we do: all
# names but those of include/ get bootlink__ in front, what the compiler calls is
# weak, and debug sections, nine tenths of it, stay here.
MEMORY = memcpy memmove memset memcmp
$(BUILD)/libbootlink.names: $(BUILD)/loader.a
	nm --defined-only -g -j -A $< | sed 's/.*://' | sort -u | \
		grep -vxE 'bootlink_[a-z].*|$(subst $() ,|,$(MEMORY))' | \
		sed 's/.*/& bootlink__&/' > $@

$(BUILD)/libbootlink.a: $(BUILD)/loader.a $(BUILD)/libbootlink.names
	$(OBJCOPY) --strip-debug $(MEMORY:%=--weaken-symbol=%) \
		--redefine-syms=$(BUILD)/libbootlink.names $< $@

# ---- boot/: the UEFI application ---------------------------------------------

# GNU-EFI's headers only, and no library: see CORE_FLAGS. UEFI characters have
# 16 bits.
BOOT_FLAGS = $(CORE_FLAGS) -fshort-wchar \
	-isystem /usr/include/efi -isystem /usr/include/efi/x86_64
NASM    ?= nasm
OBJCOPY ?= objcopy

BOOT = main log console serial cpu clock memory stage map world volume files utf \
	request modules kernel random video tables depart exit trampoline fail
BOOT_OBJECTS = $(BOOT:%=$(BUILD)/boot/%.o)

$(BUILD)/boot/%.o: boot/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(BOOT_FLAGS) $(SMALL) $(WARN) $(DEPEND) -c $< -o $@

$(BUILD)/boot/%.o: boot/%.asm
	@mkdir -p $(@D)
	$(NASM) -f elf64 -Wall -Werror -MD $(@:.o=.d) -MP $< -o $@

# Bootlink itself, with symbols, for the debugger. unpack.c applies SHT_RELR: any
# other relocation fails the build.
LINK_BOOT = ld -pie --no-dynamic-linker --build-id=none -z text -z norelro \
	-z noexecstack --gc-sections --fatal-warnings
LINK_IMAGE = $(LINK_BOOT) -z pack-relative-relocs -T boot/image.lds

$(BUILD)/BOOTX64.elf: $(BOOT_OBJECTS) $(BUILD)/loader.a boot/image.lds
	$(LINK_IMAGE) $(BOOT_OBJECTS) $(BUILD)/loader.a -o $@
	@! readelf -rW $@ | grep R_X86_64_

# As it lies in memory, without headers; packed; and what unpacks it.
UNPACK = $(BUILD)/boot/unpack.o $(BUILD)/boot/lz4.o
$(BUILD)/boot/lz4.o: SMALL = $(CFLAGS)

$(BUILD)/pack: $(BUILD)/tools/pack.o
	$(CC) $(CFLAGS) $^ -o $@

$(BUILD)/%.lz4: $(BUILD)/%.elf $(BUILD)/pack
	$(OBJCOPY) -O binary $< $(@:.lz4=.image)
	$(BUILD)/pack $(@:.lz4=.image) $@

# A PE file is an ELF file without its headers (boot.lds). There is nobody who
# would apply relocations of this one.
LINK_PE = $(LINK_BOOT) -T boot/boot.lds

$(BUILD)/BOOT%.pe.elf: $(BUILD)/BOOT%.lz4 $(UNPACK) boot/boot.lds
	$(LINK_PE) $(UNPACK) --format binary $< -o $@
	@! readelf -rW $@ | grep R_X86_64_

$(BUILD)/%.EFI: $(BUILD)/%.pe.elf
	$(OBJCOPY) -O binary $< $@

# Unit tests of boot/ run on the host, with a firmware of their own.
$(BUILD)/tests/test_boot_%: private HOST_FLAGS += -fshort-wchar \
	-isystem /usr/include/efi -isystem /usr/include/efi/x86_64

# Test builds: one object is compiled with the fault in it.
$(BUILD)/boot/exit-stale-key.o: boot/exit.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(BOOT_FLAGS) $(SMALL) $(WARN) $(DEPEND) \
		-DBOOTLINK_TEST_STALE_KEY -c $< -o $@

$(BUILD)/boot/depart-copy-trampoline.o: boot/depart.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(BOOT_FLAGS) $(SMALL) $(WARN) $(DEPEND) \
		-DBOOTLINK_TEST_COPY_TRAMPOLINE -c $< -o $@

$(BUILD)/BOOTX64-%.elf: $(BOOT_OBJECTS) $(BUILD)/boot/%.o \
		$(BUILD)/loader.a boot/image.lds
	$(LINK_IMAGE) $(filter-out $(BUILD)/boot/$(firstword $(subst -, ,$*)).o, \
		$(BOOT_OBJECTS)) $(BUILD)/boot/$*.o $(BUILD)/loader.a -o $@

# ---- tools/: host commands ---------------------------------------------------

# One program under two names, and once more under sanitizers for the tests.
TOOLS      = main ld options option_table option_apply option_layout \
	option_properties option_help package_note response static_script observe link modinfo \
	dependency_file world_host file_pages scratch inflate elf_file flat_file permissions \
	elf_symbols plain_symbols symbol_home elf_tables build_id deflate output_file interrupt
# The libraries go in, where they are there as archives: a link of the sample
# kernel spent a seventh of its instructions on binding them.
TOOL_LIBS  = -lnettle -lz -lzstd
TOOL_CORE  = $(TOOLS:%=$(BUILD)/tools/%.o)
TOOL_TEST  = $(TOOLS:%=$(BUILD)/tools-test/%.o)

$(BUILD)/tools/%.o: tools/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(HOST_FLAGS) $(CFLAGS) $(WARN) $(DEPEND) -c $< -o $@

$(BUILD)/tools-test/%.o: tools/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(HOST_FLAGS) -O1 -g $(SANITIZE) $(WARN) $(DEPEND) -c $< -o $@

$(BUILD)/bootlink: $(TOOL_CORE) $(LOADER_CORE)
	$(CC) $(CFLAGS) $^ $(TOOL_LIBS:-l%=-l:lib%.a) -o $@ 2>/dev/null || \
		$(CC) $(CFLAGS) $^ $(TOOL_LIBS) -o $@

$(BUILD)/bootlink-asan: $(TOOL_TEST) $(LOADER_TEST)
	$(CC) $(SANITIZE) $^ $(TOOL_LIBS) -o $@

$(BUILD)/ld.bootlink: $(BUILD)/bootlink
	ln -sf bootlink $@

# The test of memory that runs out links real objects and stands between the
# linker and its arena.
OOM_TEST = $(BUILD)/tests/test_link_oom
OOM_OBJECT = $(BUILD)/tests/oom_everything.o
$(OOM_TEST): | $(BUILD)/loader/arena.o $(BUILD)/loader.a $(OOM_OBJECT)
$(OOM_TEST): private WARN += -Wl,--wrap=arena_take,--wrap=arena_grow \
	-Wl,--wrap=arena_copy -DOBJECT='"$(BUILD)/loader/arena.o"' \
	-DARCHIVE='"$(BUILD)/loader.a"' -DEVERYTHING='"$(OOM_OBJECT)"'

# The test of modules in a running kernel loads real ones into itself, at
# addresses of the lowest 2 GiB.
RUNTIME_TEST = $(BUILD)/tests/test_runtime $(BUILD)/tests/test_runtime_names
RUNTIME_MODULES = $(patsubst tests/unit/runtime/%.c,$(BUILD)/tests/runtime/%.ko,\
	$(filter-out %/other.c,$(wildcard tests/unit/runtime/*.c)))
$(RUNTIME_TEST): | $(RUNTIME_MODULES)
$(RUNTIME_TEST): private WARN += -DMODULES='"$(BUILD)/tests/runtime"'

$(BUILD)/tests/runtime/%.o: tests/unit/runtime/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(filter-out -mcmodel=%,$(KERNEL_FLAGS)) -mcmodel=small -O2 -g \
		$(WARN) $(DEPEND) -c $< -o $@

$(BUILD)/tests/runtime/hello.ko: $(BUILD)/tests/runtime/hello.o $(BUILD)/tests/runtime/other.o
	@rm -f $@
	ar rcsD $@ $^

$(BUILD)/tests/runtime/shared.ko: tests/unit/runtime/shared.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -mcmodel=% -fno-pi%,$(KERNEL_FLAGS)) -fPIC -shared \
		-nostdlib -O2 -g $(WARN) $(DEPEND) $< -o $@

$(BUILD)/tests/runtime/%.ko: $(BUILD)/tests/runtime/%.o
	cp $< $@

# The same of shared objects.
OOM_SHARED = $(BUILD)/tests/oom_library.so $(BUILD)/tests/oom_user.so
$(BUILD)/tests/test_shared_oom: | $(OOM_SHARED)
$(BUILD)/tests/test_shared_oom: private WARN += \
	-Wl,--wrap=arena_take,--wrap=arena_grow,--wrap=arena_copy \
	-DLIBRARY='"$(BUILD)/tests/oom_library.so"' \
	-DUSER='"$(BUILD)/tests/oom_user.so"'

$(BUILD)/tests/oom_library.so: tests/unit/oom_shared.c
	@mkdir -p $(@D)
	$(CC) -Iinclude -O1 -fPIC -shared -nostdlib -Wl,-soname,lib.so $< -o $@

$(BUILD)/tests/oom_user.so: tests/unit/oom_shared.c $(BUILD)/tests/oom_library.so
	$(CC) -Iinclude -O1 -fPIC -shared -nostdlib -DUSER $^ -o $@

$(OOM_OBJECT): tests/unit/oom_everything.cc
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -O1 -g -fPIC -fno-rtti -Iinclude -c $< -o $@

# ---- kernel-sample/ and the disk image ---------------------------------------

# Objects and archives as the compiler leaves them: nothing here is linked.
KERNEL_OBJECTS = start main link parts place paging memory screen font \
	modules lazy lazy_entry fault fault_stack symbols trace exceptions power
LIBK_OBJECTS   = print string serial untaken
MONITOR_OBJECTS = monitor keys line history complete words areas \
	commands_system commands_symbols commands_memory commands_modules \
	commands_stress
WORLD_OBJECTS  = free_list pages mapping names world
MODULES        = greet hello tally faulty

KERNEL_FLAGS = -std=c11 -Iinclude -ffreestanding -mcmodel=kernel \
	-mno-red-zone -mgeneral-regs-only -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-omit-frame-pointer -fno-optimize-sibling-calls \
	'-ffile-prefix-map=$(CURDIR)=.'

# Where the objects go, and a -DBREAK_X that breaks one thing for the tests:
# `make kernel KERNEL=folder BREAK=-DBREAK_BSS`.
KERNEL = $(BUILD)/kernel
BREAK  =

KERNEL_FILES = $(KERNEL_OBJECTS:%=$(KERNEL)/%.o) $(KERNEL)/libk.a \
	$(MONITOR_OBJECTS:%=$(KERNEL)/monitor/%.o) \
	$(WORLD_OBJECTS:%=$(KERNEL)/world/%.o)
MODULE_FILES = $(MODULES:%=$(BUILD)/modules/%.ko)

kernel: $(KERNEL_FILES) $(MODULE_FILES)

$(KERNEL)/%.o: kernel-sample/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(KERNEL_FLAGS) $(BREAK) $(CFLAGS) $(WARN) $(DEPEND) -c $< -o $@

$(KERNEL)/%.o: kernel-sample/%.asm
	@mkdir -p $(@D)
	nasm -f elf64 $(BREAK) $< -o $@

$(KERNEL)/libk.a: $(LIBK_OBJECTS:%=$(KERNEL)/lib/%.o)
	@rm -f $@
	ar rcsD $@ $^

$(BUILD)/modules/%.ko: kernel-sample/modules/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(KERNEL_FLAGS) $(CFLAGS) $(WARN) $(DEPEND) -c $< -o $@

# The EFI system partition as a folder, and a disk image of it.
ESP_FILES = $(BUILD)/esp/EFI/BOOT/BOOTX64.EFI $(BUILD)/esp/bootlink.conf \
	$(BUILD)/esp/linker.ld $(KERNEL_FILES:$(KERNEL)/%=$(BUILD)/esp/kernel/%) \
	$(MODULES:%=$(BUILD)/esp/modules/%.ko) $(BUILD)/esp/kernel/world/libbootlink.a

esp: $(ESP_FILES)

$(BUILD)/esp/EFI/BOOT/BOOTX64.EFI: $(BUILD)/BOOTX64.EFI
$(BUILD)/esp/bootlink.conf: kernel-sample/bootlink.conf
$(BUILD)/esp/linker.ld: linker.ld
# The linker as a library, as the boot loader has it; debug sections are most of
# its bytes.
$(BUILD)/esp/kernel/world/libbootlink.a: $(BUILD)/libbootlink.a
	@mkdir -p $(@D)
	$(OBJCOPY) --strip-debug $< $@

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

# ---- fuzzing, coverage -----------------------------------------------------------

# libFuzzer is clang's. Scripts are tried with objects of the linker's own.
FUZZ_CC     = clang
FUZZ        = object archive script link shared
FUZZERS     = $(FUZZ:%=$(BUILD)/fuzz/fuzz_%)
LOADER_FUZZ = $(LOADER:%=$(BUILD)/fuzz/loader/%.o)
FUZZ_FLAGS  = $(HOST_FLAGS) -O1 -g -fno-sanitize-recover=all $(WARN) $(DEPEND)
FUZZ_SECONDS = 600

$(BUILD)/fuzz/loader/%.o: loader/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined \
		-c $< -o $@

$(BUILD)/fuzz/loader/builtin.o: $(BUILTIN)
$(BUILD)/fuzz/loader/builtin.o: private FUZZ_FLAGS += -Wa,-I$(BUILD)

$(BUILD)/fuzz/mutate.o: tests/fuzz/mutate.c $(FLAGS)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=address,undefined -c $< -o $@

$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(LOADER_FUZZ) $(BUILD)/fuzz/mutate.o \
		| $(LOADER_CORE)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined \
		-DOBJECTS='"$(BUILD)/loader"' $< $(LOADER_FUZZ) \
		$(if $(filter %link,$@),$(BUILD)/fuzz/mutate.o) -o $@

.SECONDARY: $(LOADER_FUZZ) $(BUILD)/fuzz/mutate.o

fuzz:
	@tools/deps test
	@$(MAKE) --no-print-directory $(FUZZERS)
	@BUILD=$(BUILD) tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ)

# Which lines and branches of the linker its tests run. Host commands are built
# for it too, so that whole links count.
coverage:
	@tools/deps test
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage \
		SANITIZE='--coverage -O0' coverage-run

coverage-run: $(UNIT_TESTS) $(BUILD)/bootlink-asan $(BUILD)/bootlink kernel
	@ln -sf bootlink-asan $(BUILD)/ld.bootlink
	@find $(BUILD) -name '*.gcda' -delete
	-@BUILD=$(BUILD) BOOTLINK=$(abspath $(BUILD))/bootlink-asan \
		tests/run unit differential bad
	@tests/coverage $(BUILD)

# ---- bench -----------------------------------------------------------------------

# What makes the bench's inputs (tests/bench/inputs.py).
BENCH_CC = $(CC) -std=c11 -O2 -g $(WARN)
$(BUILD)/bench/generate_kernel: tests/bench/kernel_fill.c tests/bench/kernel.h
$(BUILD)/bench/generate_%: tests/bench/generate_%.c tests/bench/object.c \
		tests/bench/draw.c tests/bench/object.h tests/bench/draw.h
	@mkdir -p $(@D)
	$(BENCH_CC) $(filter %.c,$^) -o $@

$(BUILD)/bench/measure $(BUILD)/bench/floor: $(BUILD)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(BENCH_CC) -D_GNU_SOURCE $< -o $@

$(BUILD)/bench/load: tests/bench/load.c $(LOADER_CORE)
	@mkdir -p $(@D)
	$(CC) $(HOST_FLAGS) -Itests $(CFLAGS) $(WARN) $^ -lcmocka -o $@

$(BUILD)/bench/%.o: tests/bench/%.asm
	@mkdir -p $(@D)
	$(NASM) -f elf64 $< -o $@

# The boots that are counted (tests/bench/boot.py): who counts, and the least
# that a loader does. Nothing in them needs the load address.
$(BUILD)/bench/boot/%.o: tests/bench/boot/%.c $(FLAGS)
	@mkdir -p $(@D)
	$(CC) $(BOOT_FLAGS) $(CFLAGS) $(WARN) -c $< -o $@

$(BUILD)/bench/boot/%.pe.elf: $(BUILD)/bench/boot/%.o $(BUILD)/loader/memory.o \
		boot/boot.lds
	$(LINK_PE) --defsym start=efi_main $(filter %.o,$^) -o $@
	@! readelf -rW $@ | grep R_X86_64_

# All tables, or one. They take twenty minutes or more.
BENCH_TABLES = bench-host bench-growth bench-files bench-boot bench-modules bench-load
bench $(BENCH_TABLES):
	@tools/deps bench
	@$(MAKE) --no-print-directory all kernel
	@BUILD=$(BUILD) tests/bench/bench.py $(patsubst bench-%,%,$(@:bench=))

# ---- run, debug, install -------------------------------------------------------

# ESP=folder boots that instead; Bootlink is added if it is not in there.
# MONITOR=1 adds the word `monitor` to the kernel's command line, and what is
# typed goes to the kernel.
ESP      =
MONITOR  =
RUN_ESP   = $(or $(ESP),$(BUILD)/esp)
RUN_IMAGE = $(BUILD)/$(if $(ESP)$(MONITOR),run.img,disk.img)
VM_FLAGS =

run:
	@tools/deps run
	@$(MAKE) --no-print-directory $(if $(ESP),,esp) \
		$(if $(ESP)$(MONITOR),run-image,$(RUN_IMAGE))
	@tools/vm.py $(if $(MONITOR),talk,run) $(VM_FLAGS) $(RUN_IMAGE)

debug:
	@tools/deps test
	@$(MAKE) --no-print-directory $(BUILD)/bootlink \
		$(if $(ESP),run-image,$(RUN_IMAGE))
	@tools/vm.py debug $(VM_FLAGS) --esp '$(or $(ESP),$(BUILD)/esp)' \
		--linker $(BUILD)/bootlink $(RUN_IMAGE)

run-image: $(BUILD)/BOOTX64.EFI
	@rm -rf $(BUILD)/run $(BUILD)/run-monitor
	@mkdir -p $(BUILD)/run/EFI/BOOT $(BUILD)/run-monitor
	@find '$(RUN_ESP)/' -ipath '*/EFI/BOOT/BOOTX64.EFI' | grep -q . || \
		cp $< $(BUILD)/run/EFI/BOOT
	@$(if $(MONITOR),sed '/^ *cmdline:/s/$$/ monitor/' \
		'$(RUN_ESP)/bootlink.conf' > $(BUILD)/run-monitor/bootlink.conf)
	@tools/mkdisk $(RUN_IMAGE) $(BUILD)/run '$(RUN_ESP)' $(BUILD)/run-monitor

# A shorter way to the same: `tests/run unit`, `tests/run boot` ...
TEST_PROGRAMS = $(UNIT_TESTS) $(BUILD)/bootlink-asan $(FUZZERS)

test:
	@tools/deps test
	@$(MAKE) --no-print-directory all kernel $(TEST_PROGRAMS)
	@BUILD=$(BUILD) tests/run

test-all:
	@tools/deps test
	@$(MAKE) --no-print-directory all kernel $(TEST_PROGRAMS)
	@BUILD=$(BUILD) tests/run --all

deps:
	@tools/deps ci

INSTALL = install -D -m 644
install: $(BUILD)/BOOTX64.EFI $(BUILD)/bootlink $(BUILD)/ld.bootlink \
		$(BUILD)/libbootlink.a
	install -D $(BUILD)/bootlink $(DESTDIR)$(PREFIX)/bin/bootlink
	install -D $(BUILD)/ld.bootlink $(DESTDIR)$(PREFIX)/bin/ld.bootlink
	$(INSTALL) $(BUILD)/BOOTX64.EFI \
		$(DESTDIR)$(PREFIX)/share/bootlink/BOOTX64.EFI
	$(INSTALL) linker.ld $(DESTDIR)$(PREFIX)/share/bootlink/linker.ld
	$(INSTALL) $(BUILD)/libbootlink.a $(DESTDIR)$(PREFIX)/lib/libbootlink.a
	for header in include/bootlink/*.h include/bootlink/*.inc; do $(INSTALL) $$header \
		$(DESTDIR)$(PREFIX)/$$header || exit 1; done

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

help:
	@echo 'make            build everything into $(BUILD)/'
	@echo 'make run        boot the sample kernel in QEMU; ends with its status'
	@echo 'make run ESP=folder   boot what lies in that folder'
	@echo 'make run MONITOR=1    and talk to the kernel on the serial port'
	@echo 'make test       run all tests; test-all runs the long ones too'
	@echo 'make fuzz       fuzz the linker; FUZZ_SECONDS=600 for each target'
	@echo 'make coverage   lines and branches of loader/ that tests run'
	@echo 'make bench      measure against other linkers and loaders: twenty minutes;'
	@echo '                bench-host, bench-growth, bench-files, bench-boot, bench-modules,'
	@echo '                bench-load'
	@echo 'make debug      boot under GDB, stopped at _start'
	@echo 'make install    install to DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)'
	@echo 'make format     clang-format all sources'
	@echo 'make deps       install all that is needed (Debian, Ubuntu)'
	@echo 'make clean      remove $(BUILD)/'

# ---- everything else -----------------------------------------------------------

clean:
	rm -rf $(BUILD)

.PHONY: always all unit clean kernel esp bench $(BENCH_TABLES) \
	fuzz coverage coverage-run run run-image debug test test-all deps install format help
.DELETE_ON_ERROR:
-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d)
