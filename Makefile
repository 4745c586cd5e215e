## Cairn: build, run, test and grade an educational microkernel.
##
## Variables, as in `make qemu LAB=1 REF=all`:
##   LAB=N          the stage to build: labs 1 to N (default: the last lab)
##   REF=1,2|all    take these labs from solutions/ instead of labs/
##   LABS=FOLDER    take the student's files from here (default: labs)
##   CC=clang       compile with clang; CROSS_COMPILE=i686-linux-gnu- for a cross toolchain
##   DEBUG=0        without poison and self-checks, for measurements
##   TESTS=FOLDERS  link the tests in these folders into the kernel, and build their programs/
##   COMPILED=FILES link these objects instead of compiling the student's files (the grader does that)
##   APPEND="..."   the kernel's command line; MEMORY=64M is the size of the machine's memory
##   ARGS="..."     more options for grade, run-TEST, bench, chart and rewind, such as --emulator both;
##                  what doctor is to look at
##   TEST=NAME      the test to rewind; BUNDLE=FOLDER: a run that failed and that the grader has kept
##   BUILD=FOLDER   where everything goes that is built (default: build); V=1 shows the commands
##
## Targets:

LAB     = $(lastword $(LABS_ALL))
REF    :=
LABS   := labs
BUILD  := build
DEBUG  := 1
TESTS  :=
TEST   :=
BUNDLE :=
COMPILED :=
APPEND :=
MEMORY := 32M
ARGS   :=
LIMIT  := 10
V      :=

MAKEFLAGS += --no-builtin-rules --no-print-directory
# `make` alone explains; `make LAB=1` or `make REF=all` builds.
.DEFAULT_GOAL := $(if $(filter command,$(origin LAB) $(origin REF)),kernel,help)
.DELETE_ON_ERROR:
.SECONDARY:

# ---------------------------------------------------------------- which labs, from where

include src/stages.mk

comma := ,
REF_LABS := $(if $(filter all,$(REF)),$(LABS_ALL),$(subst $(comma), ,$(REF)))
$(foreach lab,$(or $(LAB),?) $(REF_LABS),$(if $(filter $(lab),$(LABS_ALL)),,\
    $(error there is no lab "$(lab)"; the labs are: $(LABS_ALL))))
$(if $(filter 0 1,$(DEBUG)),,$(error DEBUG must be 0 or 1))

STAGE := $(wordlist 1,$(LAB),$(LABS_ALL))
STAGE_REF := $(filter $(STAGE),$(REF_LABS))
# Outside the tree an absolute path is needed, since objects are placed by their source's path.
LABS_PATH := $(if $(findstring ..,$(LABS)),$(abspath $(LABS)),$(LABS))

# $(call student,N): the student's files of lab N, from labs/ or from solutions/.
student = $(addprefix $(if $(filter $1,$(REF_LABS)),solutions,$(LABS_PATH))/$(LAB_$1)/,$(STUDENT_$1))
STUDENT := $(foreach lab,$(STAGE),$(call student,$(lab)))
GIVEN   := $(foreach lab,$(STAGE),$(GIVEN_$(lab))) $(ONLY_$(LAB))
TESTING := $(sort $(foreach folder,$(TESTS),$(if $(wildcard $(folder)/*.c $(folder)/programs/*.c),\
    $(wildcard $(folder)/*.c),$(error there is no test (*.c) in $(folder)))))
SOURCES := $(GIVEN) $(STUDENT) $(TESTING)
# Those of the student's files that are not taken from solutions/.
TAKEN   := $(filter $(LABS_PATH)/%,$(STUDENT))

# The programs, each as PATH:SOURCE with its path in the initrd: bin/hello:src/user/bin/hello.c.
USER_LIB := $(foreach lab,$(STAGE),$(USER_LIB_$(lab)))
PROGRAMS := $(foreach lab,$(STAGE),$(foreach name,$(USER_PROGRAMS_$(lab)),\
    bin/$(name):src/user/bin/$(name).c))
PROGRAMS += $(if $(PROGRAMS),$(foreach file,$(sort $(wildcard $(addsuffix /programs/*.c,$(TESTS)))),\
    test/$(basename $(notdir $(file))):$(file)))

# ---------------------------------------------------------------- tools and flags

$(if $(filter doctor,$(MAKECMDGOALS))$(shell test -x scripts/run.sh && echo yes),,\
    $(error the scripts cannot be run (have they lost their execute bits?); type: sh scripts/doctor.sh permissions))

ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin LD),default)
LD := $(CROSS_COMPILE)ld
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
CLANG   := $(findstring clang,$(CC))
READELF := $(CROSS_COMPILE)readelf
STRIP   := $(CROSS_COMPILE)strip
export READELF STRIP

empty :=
REF_SUFFIX := $(if $(STAGE_REF),-ref$(if $(filter-out $(STAGE_REF),$(STAGE)),$(subst $(empty) ,+,$(STAGE_REF))))
OUT := $(BUILD)/lab$(LAB)$(REF_SUFFIX)$(if $(CLANG),-clang)$(if $(filter 0,$(DEBUG)),-fast)$(if $(TESTS),-test)
OBJ := $(OUT)/obj

FLAGS := -m32 -march=i686 -mgeneral-regs-only -ffreestanding -fno-pic -O2 -gdwarf-4 \
    -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-optimize-sibling-calls \
    -fno-stack-protector -fno-delete-null-pointer-checks \
    -fno-asynchronous-unwind-tables -fno-strict-aliasing \
    -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(LABS_PATH)=labs -ffile-prefix-map=$(OBJ)=obj \
    $(if $(CLANG),--target=i686-linux-gnu,-fno-tree-loop-distribute-patterns -fno-shrink-wrap \
        -falign-functions=1 -falign-loops=1 -falign-jumps=1)
CFLAGS := -std=gnu17 $(FLAGS) -Wall -Wextra -Werror -Wmissing-prototypes -Wvla
CPPFLAGS := -Isrc -Isrc/include -I$(OBJ) -DCAIRN_STAGE=$(LAB) -DDEBUG_BUILD=$(DEBUG)
LDFLAGS := -m elf_i386 -T src/kernel/x86/kernel.ld -z max-page-size=4096 --build-id=none

# Programs may compute with floating point.
USER_CFLAGS   := $(filter-out -mgeneral-regs-only,$(CFLAGS))
USER_CPPFLAGS := -Isrc/user/include -Isrc -Isrc/include -I$(OBJ)/user
USER_LDFLAGS  := -m elf_i386 -T $(OBJ)/user/user.ld -z max-page-size=4096 --build-id=none

# ---------------------------------------------------------------- the kernel

Q := $(if $(V),,@)
# A function of make's own: a process for each line would take longer.
say = $(if $(V),,$(info $(empty)  $1	$(patsubst $(OUT)/%,%,$2)))
objects = $(addprefix $(OBJ)/,$(patsubst /%,%,$(addsuffix .o,$(basename $1))))
TAKEN_OBJECTS := $(or $(COMPILED),$(call objects,$(TAKEN)))
OBJECTS := $(call objects,$(GIVEN) $(filter-out $(TAKEN),$(STUDENT))) $(TAKEN_OBJECTS) \
    $(call objects,$(TESTING))

INITRD  := $(if $(PROGRAMS),$(OUT)/initrd.tar)

student-tools: $(OUT)/flags
student-objects: $(TAKEN_OBJECTS)
kernel: $(OUT)/kernel.elf $(INITRD) ## build the kernel, and its programs
iso: $(OUT)/kernel.iso ## build a CD image that boots the kernel by GRUB

# What changes the result without being a file is kept in files: a new value builds anew. The
# folders of objects are made with them, since a process for each would take longer, too.
remember = @mkdir -p $(@D) $(sort $(dir $2)); echo '$1' | cmp -s - $@ || echo '$1' > $@
$(OUT)/flags: FORCE | $(STUDENT)
	$(foreach tool,$(firstword $(CC)) $(firstword $(LD)) $(READELF),$(if $(shell command -v $(tool)),,\
	    $(error $(tool) is not installed; run scripts/setup.sh, or see make doctor)))
	$(call remember,$(CC) $(CFLAGS) $(CPPFLAGS) $(LD) $(LDFLAGS),$(OBJECTS) $(OBJ)/offsets.h)
$(OUT)/user-flags: FORCE | $(OUT)/flags
	$(call remember,$(CC) $(USER_CFLAGS) $(USER_CPPFLAGS) $(LD) $(USER_LDFLAGS),$(USER_OBJECTS) \
	    $(OBJ)/user/offsets.h $(PROGRAM_PATHS:%=$(OUT)/user/%.elf))
$(OUT)/objects: FORCE
	$(call remember,$(OBJECTS))
$(OUT)/programs: FORCE
	$(call remember,$(PROGRAMS))
$(OUT)/append: FORCE
	$(call remember,$(APPEND))

$(STUDENT):
	$(error $(if $(filter solutions/%,$@),there is no solution in this copy: REF works in the complete kit only,$@ is \
	    missing; bring it back from the release you began with))

# $(call compile,FLAGS): an object from C or assembly.
define compile
$(call say,CC,$@)
$(Q)$(CC) $1 -MMD -MP -c $< -o $@
endef
$(OBJ)/%.o: %.c $(OUT)/flags
	$(call compile,$(CFLAGS) $(CPPFLAGS))
$(OBJ)/%.o: /%.c $(OUT)/flags
	$(call compile,$(CFLAGS) $(CPPFLAGS))
$(OBJ)/%.o: %.S $(OBJ)/offsets.h $(OUT)/flags
	$(call compile,$(CFLAGS) $(CPPFLAGS))
$(OBJ)/%.o: /%.S $(OBJ)/offsets.h $(OUT)/flags
	$(call compile,$(CFLAGS) $(CPPFLAGS))

# $(call offsets,FLAGS): the numbers that assembly shares with C, from the compiler itself.
define offsets
$(call say,GEN,$@)
$(Q)$(CC) $1 -MMD -MP -MF $(@:.h=.d) -MT $@ -S $< -o $(@:.h=.s)
$(Q)sed -n 's/.*"@define \([A-Z_]*\) \(.*\)"/#define \1 \2/p' $(@:.h=.s) > $@
endef
$(OBJ)/offsets.h: src/kernel/x86/offsets.c $(OUT)/flags
	$(call offsets,$(CFLAGS) $(CPPFLAGS))

# Linked twice: the symbol table is made from the first kernel and, coming last among the
# constants, moves no code in the second.
define link
$(Q)$(LD) $(LDFLAGS) -Map=$2.map $(OBJECTS) $1.o -o $2
endef
define assemble
$(Q)$(CC) -m32 $(if $(CLANG),--target=i686-linux-gnu) -c $1.s -o $1.o
endef
$(OBJ)/no_symbols.o: scripts/symbols.sh $(OUT)/flags
	$(Q)scripts/symbols.sh > $(@:.o=.s)
	$(call assemble,$(@:.o=))
$(OUT)/kernel.elf: $(OBJECTS) $(OBJ)/no_symbols.o $(OUT)/objects src/kernel/x86/kernel.ld scripts/symbols.sh
	$(call say,LD,$@)
	$(call link,$(OBJ)/no_symbols,$(OBJ)/kernel.elf)
	$(Q)scripts/symbols.sh $(OBJ)/kernel.elf > $(OBJ)/symbols.s
	$(call assemble,$(OBJ)/symbols)
	$(call link,$(OBJ)/symbols,$@)

$(OUT)/kernel.iso: $(OUT)/kernel.elf $(INITRD) scripts/iso.sh $(OUT)/append
	$(call say,ISO,$@)
	$(Q)scripts/iso.sh $< $@ '$(APPEND)' $(INITRD)

-include $(OBJECTS:.o=.d) $(OBJ)/offsets.d

# ---------------------------------------------------------------- its programs

program_path = $(firstword $(subst :, ,$1))
program_source = $(lastword $(subst :, ,$1))
user_objects = $(patsubst $(OBJ)/%,$(OBJ)/user/%,$(call objects,$1))
PROGRAM_PATHS := $(foreach program,$(PROGRAMS),$(call program_path,$(program)))
PROGRAM_SOURCES := $(foreach program,$(PROGRAMS),$(call program_source,$(program)))
USER_OBJECTS := $(call user_objects,$(USER_LIB) $(PROGRAM_SOURCES))

$(OBJ)/user/%.o: %.c $(OUT)/user-flags
	$(call compile,$(USER_CFLAGS) $(USER_CPPFLAGS))
$(OBJ)/user/%.o: /%.c $(OUT)/user-flags
	$(call compile,$(USER_CFLAGS) $(USER_CPPFLAGS))
$(OBJ)/user/%.o: %.S $(OBJ)/user/offsets.h $(OUT)/user-flags
	$(call compile,$(USER_CFLAGS) $(USER_CPPFLAGS))
$(OBJ)/user/offsets.h: src/user/x86/offsets.c $(OUT)/user-flags
	$(call offsets,$(USER_CFLAGS) $(USER_CPPFLAGS))
$(OBJ)/user/user.ld: src/user/user.ld $(OBJ)/user/offsets.h
	$(Q)$(CC) -E -P -undef -x c -I$(OBJ)/user $< -o $@

$(OBJ)/user/library.a: $(call user_objects,$(USER_LIB)) src/stages.mk
	$(call say,AR,$@)
	$(Q)rm -f $@; $(AR) rcsD $@ $(filter %.o,$^)

# A program and what it needs of the library, with everything for GDB.
define link_program
$$(OUT)/user/$(call program_path,$1).elf: $$(call user_objects,$(call program_source,$1)) \
    $$(OBJ)/user/library.a $$(OBJ)/user/user.ld
	$$(call say,LD,$$@)
	$$(Q)$$(LD) $$(USER_LDFLAGS) $$(filter %.o %.a,$$^) -o $$@
endef
$(foreach program,$(PROGRAMS),$(eval $(call link_program,$(program))))

# All programs, with their symbols alone.
PROGRAM_FILES := $(addsuffix .elf,$(sort $(PROGRAM_PATHS)))
$(OUT)/initrd.tar: $(addprefix $(OUT)/user/,$(PROGRAM_FILES)) $(OUT)/programs
	$(call say,TAR,$@)
	$(Q)rm -rf $(OUT)/initrd && cp -R $(OUT)/user $(OUT)/initrd
	$(Q)$(STRIP) --strip-debug $(addprefix $(OUT)/initrd/,$(PROGRAM_FILES))
	$(Q)tar -c -f $@ -C $(OUT)/initrd --format=ustar --owner=0 --group=0 --numeric-owner \
	    --mode=0755 --mtime=@0 --transform='s/\.elf$$//' $(PROGRAM_FILES)

-include $(USER_OBJECTS:.o=.d) $(OBJ)/user/offsets.d

# ---------------------------------------------------------------- running it

CHOSEN_LAB := --lab $(LAB) $(if $(REF),--ref=$(REF))
SUBMISSION := $(if $(filter-out labs,$(LABS)),--submission $(LABS))
RUN = MEMORY='$(MEMORY)' APPEND='$(APPEND)' GDBPORT='$(GDBPORT)' scripts/run.sh

qemu: kernel ## run it in QEMU, with a window
	$(Q)$(RUN) window $(OUT)
qemu-nox: kernel ## run it in QEMU, in this terminal
	$(Q)$(RUN) terminal $(OUT)
qemu-gdb: kernel ## run it in QEMU, waiting for GDB (GDBPORT=N: on a TCP port)
	$(Q)$(RUN) gdb $(OUT)
gdb: kernel ## open GDB on what `make qemu-gdb` runs, or on a machine of its own
	$(Q)GDBPORT='$(GDBPORT)' scripts/gdb.sh $(OUT)
rewind: ## open GDB at the failure of TEST=NAME or BUNDLE=FOLDER, to go back from there
	$(Q)grader/rewind $(if $(BUNDLE),--bundle '$(BUNDLE)',--test '$(TEST)' $(CHOSEN_LAB) $(SUBMISSION) \
	    --build $(BUILD)/grade) $(ARGS)
tour: kernel ## open GDB with a guided tour of the lab
	$(Q)scripts/tour.sh scripts/gdb/tours/$(LAB_$(LAB)).gdb $(OUT)
tour-back: kernel ## the same in a recording of the run, in which time goes backwards, too
	$(Q)grader/rewind --tour scripts/gdb/tours/lab$(LAB)-backwards.gdb $(OUT) $(ARGS)
bochs: iso ## run it in Bochs, by GRUB
	$(Q)$(RUN) bochs $(OUT)

# ---------------------------------------------------------------- grading and checking it

CHOSEN = $(CHOSEN_LAB) $(ARGS)

grade: ## grade the lab; full marks or a failing exit status
	$(Q)sh scripts/given.sh | sed 's/^/note: /' >&2
	$(Q)grader/grade $(CHOSEN) $(SUBMISSION) --build $(BUILD)/grade
run-%: FORCE ## run one test, for instance run-frame_alloc_all
	$(Q)grader/grade $(CHOSEN) $(SUBMISSION) --build $(BUILD)/grade --keep $*

# Programs that show what a lab is about, for its pictures; a run= in APPEND comes first and counts.
SHOWN_3 := run=echo,ping:3,vfs+1,posix,replace:1,replace:2:2,visit:6
TRACED = --run $(OUT) --memory '$(MEMORY)' --limit '$(LIMIT)' --append '$(APPEND) $(SHOWN_$(LAB))'

trace: kernel ## run it in QEMU, and draw who ran when and why (LIMIT=N: seconds at most)
	$(Q)scripts/trace.py $(TRACED)
chart: kernel ## run it in QEMU, and draw the messages of a call (ARGS="--call N": which)
	$(Q)scripts/trace.py chart $(TRACED) $(ARGS)
bench: ## measure the kernel: instructions of its main operations
	$(Q)grader/benchmark $(CHOSEN)
test: ## run all tests of the kit itself
	$(Q)scripts/test.sh
host-test: ## run the parts that need no machine as a program, with sanitizers
	$(Q)scripts/host-test.sh
lint: ## check style and find errors without running anything
	$(Q)scripts/lint.sh

# ---------------------------------------------------------------- everything else

doctor: ## say what is wrong with the tools on this computer, and what to type
	$(Q)LAB='$(LAB)' LABS='$(LABS)' CROSS_COMPILE='$(CROSS_COMPILE)' GDBPORT='$(GDBPORT)' sh scripts/doctor.sh $(ARGS)
handin: ## pack the lab for handing it in
	$(Q)LABS='$(LABS)' scripts/handin.sh $(LAB)
docs: ## build the documentation
	$(Q)scripts/docs.sh
skeletons: ## generate labs/ from solutions/
	$(Q)scripts/skeleton.sh
release: ## make the archive for students
	$(Q)scripts/release.sh $(LAB)
lab-files: ## list the student's files of the lab
	@printf '%s\n' $(addprefix $(LAB_$(LAB))/,$(STUDENT_$(LAB)))
cflags: ## print the compiler's options, for other tools
	@printf '%s\n' '$(CFLAGS) $(CPPFLAGS)'
user-cflags: ## the same for programs
	@printf '%s\n' '$(USER_CFLAGS) $(USER_CPPFLAGS)'
# $(call command,SOURCE,FLAGS): an entry of compile_commands.json.
command = '{"directory": "$(CURDIR)", "file": "$1", "command": "$(CC) $2 -c $1"},'
compile_commands: compile_commands.json ## write compile_commands.json for editors and clangd
compile_commands.json: FORCE
	@{ echo '['; printf '%s\n' \
	    $(foreach file,$(filter %.c,$(SOURCES)),$(call command,$(file),$(CFLAGS) $(CPPFLAGS))) \
	    $(foreach file,$(filter src/user/%.c,$(USER_LIB)) $(PROGRAM_SOURCES),\
	        $(call command,$(file),$(USER_CFLAGS) $(USER_CPPFLAGS))) \
	    | sed '$$s/,$$//'; echo ']'; } > $@
clean: ## remove everything that was built
	$(Q)rm -rf $(BUILD)
help: ## show this text
	@sed -n 's/^## \{0,1\}//p; s/^run-%:/run-TEST:/; s/^\([a-zA-Z_-]*\):.* ## \(.*\)/  make \1|\2/p' Makefile | \
	    awk -F'|' '/^  make/ { printf "%-24s %s\n", $$1, $$2; next } { print }'

FORCE:
.PHONY: student-tools student-objects kernel iso qemu qemu-nox qemu-gdb gdb tour tour-back bochs grade trace chart bench test host-test lint doctor handin \
    docs skeletons release lab-files cflags user-cflags compile_commands clean help FORCE
