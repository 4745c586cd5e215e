"""Tests of the executor for Slurm: with commands that only pretend, and on a real cluster."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Sequence
from unittest import mock

from kit import ROOT, KitTest, have
from slurm_cluster import CannotStart, Cluster

from cairn_grader import sandbox
from cairn_grader.cohort import slurm, slurm_commands
from cairn_grader.cohort.executor import Task, error_file
from cairn_grader.cohort.slurm import SlurmExecutor
from cairn_grader.errors import GraderError
from cairn_grader.mutants import load_mutants, load_reference, solution_folder

#: Seconds of real time, on a computer that does much else.
LIMIT = 900
#: The tests by which classes are graded: quick ones.
TESTS = ("fault_decode_codes", "fault_rule_read_only")

#: Does tasks without a kernel: a task whose name begins with `slow` takes long, `bad` ends with
#: an error, `dead` is killed and `quiet` ends well; none of these four leaves a result.
WORKER = r"""
out=$2
shift 2
for key; do
    echo "$key $$" >>"$out/started"
    case $key in
    slow*) sleep 60 ;;
    bad*) echo 'the disk is full' && exit 3 ;;
    dead*) kill -9 $$ ;;
    quiet*) exit 0 ;;
    esac
    mkdir -p "$out/graded/$key"
    echo '{}' >"$out/graded/$key/part"
    mv "$out/graded/$key/part" "$out/graded/$key/result.json"
done
"""

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


def tasks(*keys: str) -> List[Task]:
    """Tasks with these names."""
    return [Task(key) for key in keys]


def wait_until(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds; returns whether it does, after a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def in_background(action: Callable[[], object]) -> Iterator[None]:
    """Run a function beside the block."""
    thread = threading.Thread(target=action)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def interrupt() -> None:
    """What Ctrl-C does."""
    os.kill(os.getpid(), signal.SIGINT)


class ExecutorTest(KitTest):
    """A test with a class folder in which tasks are done by WORKER."""

    def setUp(self) -> None:
        """Let jobs run WORKER, and do not wait long for results that will not come."""
        super().setUp()
        self.out = self.folder / "out"
        (self.out / "graded").mkdir(parents=True)
        worker = self.folder / "worker.sh"
        worker.write_text(WORKER, encoding="ascii")
        self.said: List[str] = []

        def command(out: Path, keys: Sequence[str]) -> List[str]:
            return ["sh", str(worker), "--task", str(out), *keys]

        for name, value in {
            "task_command": command,
            "LATE": 1.0,
            "LATE_AFTER_FAILURE": 0.5,
            "SHORTEST_PAUSE": 0.1,
        }.items():
            patch = mock.patch.object(slurm, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def environment(self, **words: str) -> None:
        """Add to the environment of this process for the rest of the test."""
        patch = mock.patch.dict(os.environ, words)
        patch.start()
        self.addCleanup(patch.stop)

    def execute(self, *keys: str, jobs: int = 4, batch: int = 1, options: str = "") -> List[str]:
        """Have tasks done; returns their names in the order in which they became finished."""
        order: List[str] = []
        executor = SlurmExecutor(options.split(), batch, self.said.append)
        executor.run(self.out, tasks(*keys), jobs, lambda task: order.append(task.key))
        return order

    def errors(self, *keys: str, **options: Any) -> Dict[str, str]:
        """Have tasks done; returns why they have no result, by their names."""
        self.assertEqual(sorted(self.execute(*keys, **options)), sorted(keys))
        paths = {key: error_file(self.out, key) for key in keys}
        return {key: path.read_text("utf-8") for key, path in paths.items() if path.exists()}

    def started(self) -> List[str]:
        """The names of the tasks that were started."""
        path = self.out / "started"
        lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
        return [line.split()[0] for line in lines]


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


class ClusterTest(KitTest):
    """A test on a cluster that all tests of the class share."""

    cluster: Cluster

    @classmethod
    def setUpClass(cls) -> None:
        """Start it, or skip the tests with the reason why it does not start."""
        super().setUpClass()
        folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        try:
            cls.cluster = Cluster(folder / "1").__enter__()
        except CannotStart as reason:
            raise unittest.SkipTest(str(reason)) from None
        cls.addClassCleanup(cls.cluster.stop)

    def jobs(self, *options: str) -> str:
        """A line for each job that has not ended: its number and its state."""
        return self.cluster.ask("squeue", "--noheader", "--format=%i %T", *options)

    def must_vanish(self, name: str) -> None:
        """Soon no job has this name."""
        self.assertTrue(wait_until(lambda: not self.jobs(f"--name={name}")))


class RealCluster(ClusterTest, ExecutorTest):
    """Jobs that do not grade."""

    def setUp(self) -> None:
        """Use the cluster."""
        super().setUp()
        self.environment(**self.cluster.environment)

    @contextmanager
    def when_started(self, key: str, action: Callable[[], object]) -> Iterator[None]:
        """Do something as soon as a task has started."""

        def act() -> None:
            wait_until(lambda: key in self.started())
            action()

        with in_background(act):
            yield

    def test_tasks_are_done(self) -> None:
        keys = [f"k{number}" for number in range(5)]
        self.assertEqual(sorted(self.execute(*keys, jobs=3)), keys)
        self.assertEqual(sorted(self.started()), keys)

    def test_a_failed_job_is_an_error_of_its_task_only(self) -> None:
        errors = self.errors("bad", "dead", "quiet", "a", "b")
        self.assertEqual(sorted(errors), ["bad", "dead", "quiet"])
        self.assertIn("ended with status 3 and 'the disk is full' on ", errors["bad"])
        self.assertIn("killed by signal 9 on ", errors["dead"])
        self.assertIn("ended well on ", errors["quiet"])
        self.assertRegex(errors["bad"], "; the same command again does only what has no result\n$")

    def test_a_cancelled_job_is_named(self) -> None:
        name = slurm.job_name(self.out)
        with self.when_started("slow", lambda: self.cluster.ask("scancel", f"--name={name}")):
            errors = self.errors("a", "slow")
        self.assertEqual(list(errors), ["slow"])
        self.assertIn("its job was cancelled on ", errors["slow"])

    def test_an_interrupt_cancels_the_array(self) -> None:
        name = slurm.job_name(self.out)
        with self.when_started("slow", interrupt):
            with self.assertRaises(KeyboardInterrupt):
                self.execute("slow", "slow2")
        self.assertIn(name, self.said[-1])
        self.must_vanish(name)

    def test_jobs_of_a_killed_run_are_cancelled(self) -> None:
        name = slurm.job_name(self.out)
        options = [f"--job-name={name}", "--output=/dev/null", "--wrap", "sleep 60"]
        self.cluster.ask("sbatch", *options)
        self.assertEqual(self.execute("a"), ["a"])
        self.assertIn("an earlier run", self.said[0])
        self.must_vanish(name)

    def test_who_waits_is_told_why_no_job_runs(self) -> None:
        name = slurm.job_name(self.out)

        def cancel_when_told() -> None:
            wait_until(lambda: bool(self.said))
            self.cluster.ask("scancel", f"--name={name}")

        with mock.patch.object(slurm, "IDLE", 0.2), in_background(cancel_when_told):
            errors = self.errors("a", "b", options="--hold")
        self.assertRegex(self.said[0], r"no job is running; job \d+ is waiting: JobHeldUser")
        for key in ("a", "b"):
            self.assertIn("its job was cancelled;", errors[key])

    def test_errors_of_a_killed_run_do_not_count(self) -> None:
        options = [f"--job-name={slurm.job_name(self.out)}", "--output=/dev/null"]
        error = error_file(self.out, "a")
        script = f"trap 'mkdir {error.parent}; echo no >{error}' TERM; sleep 60 & wait"
        self.cluster.ask("sbatch", *options, "--wrap", script)
        wait_until(lambda: "RUNNING" in self.jobs())
        self.assertEqual(self.errors("a"), {})

    def test_a_job_without_output_file_is_explained(self) -> None:
        errors = self.errors("a", options="--output=/nowhere/%a")
        self.assertIn("could not open the file for its output", errors["a"])


@unittest.skipIf(sandbox.why_impossible(), f"no sandbox: {sandbox.why_impossible()}")
class Classes(ClusterTest):
    """Classes that are graded."""

    def setUp(self) -> None:
        """A folder for submissions."""
        super().setUp()
        self.reference = load_reference(ROOT, 1)
        self.submissions = self.folder / "submissions"

    def hand_in(self, name: str, files: Mapping[str, str]) -> None:
        """Add a submission."""
        folder = self.submissions / name / solution_folder(ROOT, 1).name
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")

    def hand_in_broken(self, count: int) -> None:
        """Add submissions that do not compile, which the first of their files shows."""
        for number in range(count):
            text = f"static int broken_{number} = nothing_{number};\n"
            self.hand_in(f"broken-{number:02}", {**self.reference, "frame.c": text})

    def command(self, out: str, *options: str) -> List[str]:
        """A command that grades the class."""
        folders = [str(self.submissions), "--output", str(self.folder / out)]
        tests = [f"--test={name}" for name in TESTS]
        return [str(ROOT / "grader" / "class"), *folders, "--lab=1", "--seed=7", *tests, *options]

    def grade(self, out: str, *options: str, status: int = 0) -> str:
        """Grade the class, with the cluster at hand; what was printed."""
        command = self.command(out, *options)
        done = self.must_end_with(status, *command, env=self.cluster.environment, timeout=LIMIT)
        return done.stdout + done.stderr

    def results(self, out: str) -> Dict[str, str]:
        """The text of the results, by submission, without the times."""
        texts = {}
        for path in (self.folder / out / "results").glob("*.json"):
            document = json.loads(path.read_text(encoding="ascii"))
            del document["times"]
            texts[path.stem] = json.dumps(document, indent=2)
        return texts

    def test_a_cluster_gives_the_same_results_as_this_machine(self) -> None:
        """Forty submissions: correct ones, mutants, and some that do not compile."""
        mutants = [mutant for mutant in load_mutants(ROOT, 1) if mutant.test in TESTS][:6]
        for number in range(2):
            text = self.reference["fault.c"] + f"/* {number} */\n"
            self.hand_in(f"correct-{number}", {**self.reference, "fault.c": text})
        for mutant in mutants:
            self.hand_in(mutant.name, mutant.files(self.reference))
        self.hand_in_broken(38 - len(mutants))
        self.grade("here", "-j1")
        self.grade("there", "-j2", "--executor=slurm", "--batch=20", "--slurm=--time=20")
        here, there = self.results("here"), self.results("there")
        self.assertEqual(len(here), 40)
        self.assertEqual(here, there)
        points = [json.loads(text)["points"] for text in here.values()]
        self.assertEqual(points.count(max(points)), 2)
        self.assertEqual(points.count(0), 38 - len(mutants))

    def test_lost_jobs_are_errors_and_a_rerun_resumes(self) -> None:
        self.hand_in_broken(2)
        name = slurm.job_name(self.folder / "out")

        def cancel() -> None:
            wait_until(lambda: "PENDING" in self.jobs())
            self.cluster.ask("scancel", f"--name={name}")

        with in_background(cancel):
            printed = self.grade("out", "--executor=slurm", "--slurm=--hold", status=2)
        self.assertIn("2 submissions could not be graded, such as broken-0", printed)
        self.assertIn("its job was cancelled; the same command again does only ", printed)
        self.assertEqual(self.results("out"), {})
        self.assertIn("2 cannot be built", self.grade("out", "--executor=slurm"))
        self.assertEqual(sorted(self.results("out")), ["broken-00", "broken-01"])

    def test_an_interrupt_leaves_no_job(self) -> None:
        self.hand_in_broken(1)
        command = self.command("out", "--executor=slurm", "--slurm=--hold")
        environment = {**os.environ, **self.cluster.environment}
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
            wait_until(lambda: "PENDING" in self.jobs())
            process.send_signal(signal.SIGINT)
            _nothing, printed = process.communicate(timeout=LIMIT)
        self.assertEqual(process.returncode, 2)
        self.assertRegex(printed, b"Slurm: the jobs cairn-.* are cancelled")
        self.must_vanish(slurm.job_name(self.folder / "out"))


class Clusters(KitTest):
    """The cluster of these tests itself."""

    def cluster(self, name: str, **options: int) -> Cluster:
        """A cluster that is yet to be started."""
        return Cluster(self.folder / name, **options)

    def test_two_side_by_side(self) -> None:
        """Each knows its own jobs only, and nothing is left of either."""
        try:
            with self.cluster("a") as one, self.cluster("b", max_array_size=3) as two:
                for cluster in (one, two):
                    options = ("--output=/dev/null", "--wrap", "sleep 60")
                    self.assertEqual(cluster.ask("sbatch", "--parsable", *options), "1\n")
                settings = two.ask("scontrol", "show", "config")
                self.assertRegex(settings, r"\nMaxArraySize += 3\n")
        except CannotStart as reason:
            self.skipTest(str(reason))
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertEqual(processes_with(str(self.folder)), [])

    def test_why_it_does_not_start(self) -> None:
        """A daemon's last words are the reason, and the others are ended."""
        if not have("munged", "slurmd"):
            self.skipTest("not installed: slurm-wlm, munge")
        folder = self.folder / "bin"
        folder.mkdir()
        (folder / "slurmctld").write_text("#!/bin/sh\necho 'fatal: no paper'\n", encoding="ascii")
        (folder / "slurmctld").chmod(0o755)
        path = os.pathsep.join([str(folder), os.environ["PATH"]])
        with mock.patch.dict(os.environ, PATH=path):
            with self.assertRaisesRegex(CannotStart, "fatal: no paper"):
                self.cluster("a").__enter__()
        self.assertEqual(processes_with(str(self.folder / "a")), [])


def processes_with(text: str) -> List[int]:
    """The processes that have a text in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if text.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass  # It has ended, or is somebody else's.
    return found


if __name__ == "__main__":
    unittest.main()
