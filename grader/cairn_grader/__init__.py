"""The autograder of Cairn.

A submission is built into one kernel image together with the tests of its lab; each test boots
that image in an emulator; the verdict comes from the trace on the second serial port and from
inspections of the stopped machine. The modules, from the bottom up:

- errors, files, text: what goes wrong in the grader itself; files that are written as a whole;
  text that came out of a guest.
- elf, machine, pagewalk: the image and a stopped machine, as an inspection sees them.
- catalogue: which tests a lab has.
- trace, verdict: from the lines of a trace to points and an explanation.
- processes, gdbstub, qemu, bochs: the emulators.
- submission, sandbox, make, build: from a submission to an image, without trusting it.
- objects: what its objects may hold.
- plugin, flow, layout, audit, measure: what the processor really ran.
- scouts, runner: from an image to runs and results, with one boot where one is enough.
- grading: `grade_submission()`, the entry for other programs.
- report, report_text, report_json, cli, bench: what people type and read.
- patches, mutants, workshop, matrix, mutate: is what is wrong failed, and what is right passed?
- caught, mutant_report: what each test is worth, for docs/mutants.md.
- bundle: what is kept of a failed run; the package `rewind` goes through it backwards, in GDB.
- calibration: is an instruction a tick of the time-stamp counter?

A class has packages of its own: `cohort` takes in and grades its submissions, `formats` writes
results for other programs, `pages` writes them for people.
"""
