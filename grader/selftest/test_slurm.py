"""Tests of the executor for Slurm with commands that only pretend, and of Slurm's answers."""

from __future__ import annotations

import shutil
import unittest
from typing import List, Sequence
from unittest import mock

from slurm_kit import ExecutorTest, tasks

from cairn_grader.cohort import slurm, slurm_commands
from cairn_grader.cohort.executor import Task, error_file
from cairn_grader.cohort.slurm import SlurmExecutor
from cairn_grader.errors import GraderError

#: sbatch that does all the jobs at once, one after the other, and numbers arrays 1, 2, ...
SBATCH = r"""
echo "sbatch $*" >>"$FAKE/log"
number=$(grep -c '^sbatch' "$FAKE/log")
for script; do :; done
for word; do
    case $word in
    --array=*) last=${word#--array=1-} && last=${last%%%*} ;;
    esac
done
for index in $(seq "$last"); do
    SLURM_ARRAY_TASK_ID=$index sh "$script" >/dev/null 2>&1
done
echo "$number;main"
"""
SQUEUE = """
case "$*" in *--name=*) exit 0 ;; esac
echo 'slurm_load_jobs error: Invalid job id specified' >&2
exit 1
"""
SCONTROL = """
echo 'Configuration data as of now'
echo 'MaxArraySize            = 4'
"""
#: All else that is on the PATH then.
TOOLS = ("sh", "sed", "seq", "grep", "mkdir", "mv", "touch", "sleep")
FAKES = {
    "sbatch": SBATCH,
    "squeue": SQUEUE,
    "scontrol": SCONTROL,
    "scancel": 'echo "scancel $*" >>"$FAKE/log"',
}


class FakeCluster(ExecutorTest):
    """Commands that pretend."""

    def setUp(self) -> None:
        """Put the commands where they are found first."""
        super().setUp()
        self.pretend()

    def pretend(self, absent: Sequence[str] = (), **fakes: str) -> None:
        """Replace some of the commands, or take them away."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        for name, text in {**FAKES, **fakes}.items():
            (folder / name).unlink(missing_ok=True)
            if name not in absent:
                (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
                (folder / name).chmod(0o755)
        for name in TOOLS:
            if not (folder / name).exists():
                (folder / name).symlink_to(shutil.which(name) or name)
        self.environment(PATH=str(folder), FAKE=str(self.folder))

    def log(self) -> List[str]:
        """What was asked of sbatch and scancel."""
        return (self.folder / "log").read_text(encoding="utf-8").splitlines()

    def submitted(self) -> List[str]:
        """The calls of sbatch."""
        return [line for line in self.log() if line.startswith("sbatch")]

    def test_one_array_does_all(self) -> None:
        self.assertEqual(self.execute("a", "b", "c", jobs=2, options="--time=9"), ["a", "b", "c"])
        (call,) = self.submitted()
        self.assertIn(" --parsable ", call)
        self.assertIn(" --array=1-3%2 ", call)
        self.assertIn(f" --output={self.out}/work/slurm/%A_%a.out ", call)
        self.assertRegex(call, r" --time=9 \S+\.sh$")

    def test_no_task_needs_no_job(self) -> None:
        self.pretend(absent=["sbatch"])
        self.assertEqual(self.execute(), [])

    def test_arrays_are_no_larger_than_allowed(self) -> None:
        keys = [f"k{number}" for number in range(7)]
        self.assertEqual(sorted(self.execute(*keys)), keys)
        arrays = [line.split("--array=")[1].split()[0] for line in self.submitted()]
        self.assertEqual(arrays, ["1-3%4", "1-3%4", "1-1%4"])
        self.assertEqual(self.started(), keys)

    def test_a_job_may_do_more_than_one_task(self) -> None:
        keys = [f"k{number}" for number in range(7)]
        self.assertEqual(sorted(self.execute(*keys, batch=3)), keys)
        self.assertIn(" --array=1-3%4 ", self.submitted()[0])
        self.assertEqual(self.started(), keys)

    def test_paths_may_hold_what_shell_and_slurm_read_otherwise(self) -> None:
        self.out = self.folder / "it's 100%a $HOME"
        (self.out / "graded").mkdir(parents=True)
        self.assertEqual(self.execute("a"), ["a"])
        self.assertIn("100%%a $HOME/work/slurm/%A_%a.out", self.submitted()[0])

    def test_an_error_in_place_of_a_result_is_an_end(self) -> None:
        path = error_file(self.out, "bad")
        path.parent.mkdir()
        path.write_text("no compiler\n", encoding="ascii")
        self.assertEqual(self.execute("bad"), ["bad"])

    def test_a_batch_loses_only_what_it_has_not_done(self) -> None:
        errors = self.errors("a", "bad", "b", "c", "d", "e", batch=3)
        self.assertEqual(sorted(errors), ["b", "bad"])

    def test_a_missing_command_is_named(self) -> None:
        for command in FAKES:
            with self.subTest(command):
                self.pretend(absent=[command])
                with self.assertRaisesRegex(GraderError, f"^{command} is not installed: "):
                    self.execute("a")

    def test_a_refusal_is_passed_on(self) -> None:
        self.pretend(sbatch="echo 'sbatch: error: Invalid account' >&2; exit 1")
        with self.assertRaisesRegex(GraderError, "^sbatch refuses.*: sbatch: error: Invalid acc"):
            self.execute("a")

    def test_an_answer_that_is_no_number_is_an_error(self) -> None:
        self.pretend(sbatch="echo welcome")
        with self.assertRaisesRegex(GraderError, "'welcome'"):
            self.execute("a")

    def test_a_cluster_without_arrays_is_refused(self) -> None:
        self.pretend(scontrol="echo 'MaxArraySize = 0'")
        with self.assertRaisesRegex(GraderError, "no job arrays"):
            self.execute("a")

    def test_a_silent_controller_is_given_time(self) -> None:
        wait = 'test -e "$FAKE/awake" && exec touch "$FAKE/out/graded/slow/result.json"\n'
        silent = "echo 'Unable to contact slurm controller' >&2; exit 1"
        mkdir = 'mkdir -p "$FAKE/out/graded/slow"; touch "$FAKE/awake"; '
        self.pretend(squeue=wait + mkdir + silent, sbatch="echo 1")
        self.assertEqual(self.execute("slow"), ["slow"])

    def test_a_controller_that_stays_silent_ends_the_wait(self) -> None:
        self.pretend(squeue="echo 'no route to host' >&2; exit 1", sbatch="echo 1")
        with mock.patch.object(slurm, "OUTAGE", 0.3):
            with self.assertRaisesRegex(GraderError, "does not answer: no route to host"):
                self.execute("slow")
        self.assertRegex(self.log()[-1], "^scancel .*--name=cairn-")

    def test_an_error_of_the_caller_cancels_the_array(self) -> None:
        def fail(task: Task) -> None:
            raise KeyError(task.key)

        with self.assertRaises(KeyError):
            SlurmExecutor(say=self.said.append).run(self.out, tasks("a"), 1, fail)
        self.assertRegex(self.log()[-1], "^scancel .*--name=cairn-")
        self.assertIn("cancelled", self.said[-1])


class Answers(unittest.TestCase):
    """What Slurm's answers mean."""

    def explain(self, text: str, state: str = "GONE", output: str = "") -> str:
        """A shorter name."""
        return slurm_commands.explanation(text, state, output)

    def test_states(self) -> None:
        states = slurm_commands.parse_states("3|RUNNING\n 12|NODE_FAIL\n\n")
        self.assertEqual(states, {3: "RUNNING", 12: "NODE_FAIL"})
        self.assertEqual(slurm_commands.state_of(states, 4), "GONE")

    def test_elements_that_never_started(self) -> None:
        states = slurm_commands.parse_states("N/A|CANCELLED\n3|COMPLETED\n")
        self.assertEqual(slurm_commands.state_of(states, 4), "CANCELLED")
        self.assertEqual(slurm_commands.state_of(states, 3), "COMPLETED")

    def test_which_states_are_the_end(self) -> None:
        for state in ("PENDING", "RUNNING", "COMPLETING", "REQUEUED", "SUSPENDED"):
            self.assertFalse(slurm_commands.is_over(state), state)
        for state in ("COMPLETED", "TIMEOUT", "OUT_OF_MEMORY", "GONE"):
            self.assertTrue(slurm_commands.is_over(state), state)
        self.assertFalse(slurm_commands.has_failed("COMPLETED"))

    def test_reasons(self) -> None:
        signal_9 = "JobId=3 JobState=FAILED Reason=JobLaunchFailure ExitCode=0:9 BatchHost=n1"
        self.assertEqual(self.explain(signal_9), "its job was killed by signal 9 on n1")
        status = "JobState=FAILED ExitCode=3:0 BatchHost=n1"
        self.assertEqual(
            self.explain(status, output="no space"),
            "its job ended with status 3 and 'no space' on n1",
        )
        self.assertIn("its node failed on n1", self.explain("JobState=NODE_FAIL BatchHost=n1"))
        self.assertIn("memory", self.explain("JobState=OUT_OF_MEMORY ExitCode=0:125"))
        self.assertIn("--time", self.explain("JobState=TIMEOUT"))
        self.assertIn("cancelled", self.explain("", "CANCELLED"))
        self.assertIn("knows nothing", self.explain("", "GONE"))


if __name__ == "__main__":
    unittest.main()
