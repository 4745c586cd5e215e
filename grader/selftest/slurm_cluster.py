"""A real Slurm cluster of one machine, for tests: it listens on the loopback address only.

    with Cluster(folder) as cluster:
        run("sbatch", ..., env=cluster.environment)

The authentication service (munged), the controller (slurmctld) and the node's daemon (slurmd) run
as the current user, with a configuration, a key and sockets of their own in the folder. They are
ended when the block is left, however it is left, and die with the process that started them.
Clusters side by side do not meet: each has its own key, and ports that were free. The node claims
to have more processors than the machine, so that a test does not wait for Slurm's scheduler.

Where no cluster can run, CannotStart says why.

Source: slurm.conf(5), cgroup.conf(5), slurmd(8), munged(8).
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Dict, List, Optional, Type

from cairn_grader.processes import guarded

#: Where the daemons are, if PATH does not have the folders for root.
ROOTS_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
#: Seconds until the node must be ready, on a computer that does much else.
PATIENCE = 60.0
#: Seconds for a daemon to end before it is killed.
STOP_PATIENCE = 10.0
#: How often ports are chosen anew; another process may take one in between.
ATTEMPTS = 3
PROCESSORS = 4

CONFIGURATION = """\
ClusterName=cairn
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=1
MaxArraySize={max_array_size}
NodeName={host} NodeAddr=127.0.0.1 CPUs={processors} State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=30 State=UP
"""


class CannotStart(Exception):
    """No cluster can run here; the message says why."""


class Cluster:
    """A running cluster; leaving its `with` block ends it and removes its folder."""

    def __init__(self, folder: Path, max_array_size: int = 1001) -> None:
        self.folder = folder
        #: What a program needs in its environment to use this cluster.
        self.environment: Dict[str, str] = {"SLURM_CONF": str(folder / "slurm.conf")}
        self._max_array_size = max_array_size
        self._daemons: List[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Cluster":
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the daemons and the jobs, and remove the folder."""
        for daemon in reversed(self._daemons):
            daemon.terminate()
            try:
                daemon.wait(STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self._daemons.clear()
        deadline = time.monotonic() + STOP_PATIENCE
        while self._kill_jobs() and time.monotonic() < deadline:
            time.sleep(0.02)
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, *command: str) -> str:
        """What one of Slurm's commands prints; empty if the cluster does not answer."""
        done = subprocess.run(
            command,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""

    def _start(self) -> None:
        programs = {name: _find(name) for name in ("munged", "slurmctld", "slurmd", "sbatch")}
        self._make_folder()
        self._start_munge(programs["munged"])
        for _attempt in range(ATTEMPTS):
            port = self._configure()
            controller = self._daemon("slurmctld", [programs["slurmctld"], "-D", "-c"])
            node = self._daemon("slurmd", [programs["slurmd"], "-D"])
            if self._ready(port, controller, node):
                return
            for daemon in (node, controller):
                daemon.kill()
                daemon.wait()
                self._daemons.remove(daemon)
        raise CannotStart(self._reason())

    def _make_folder(self) -> None:
        for name in ("state", "spool"):
            (self.folder / name).mkdir(parents=True)
        key = self.folder / "munge.key"
        key.touch(0o600)
        key.write_bytes(os.urandom(128))

    def _start_munge(self, program: str) -> None:
        """Start the authentication service and wait for its socket."""
        files = {
            "key-file": "munge.key",
            "socket": "munge.socket",
            "pid-file": "munged.pid",
            "seed-file": "munge.seed",
            "log-file": "munged.log",
        }
        options = [f"--{name}={self.folder / file}" for name, file in files.items()]
        # --force: the folder need not be open to other users, as a system's own would have to be.
        command = [program, "--foreground", "--force", "--num-threads=2", *options]
        daemon = self._daemon("munged", command)
        deadline = time.monotonic() + PATIENCE
        while not (self.folder / "munge.socket").exists():
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(self._reason())
            time.sleep(0.02)

    def _configure(self) -> int:
        """Write the configuration; returns the controller's port."""
        controller_port, node_port = _free_ports(2)
        text = CONFIGURATION.format(
            host=socket.gethostname().split(".")[0],
            controller_port=controller_port,
            node_port=node_port,
            user=pwd.getpwuid(os.geteuid()).pw_name,
            folder=self.folder,
            max_array_size=self._max_array_size,
            processors=PROCESSORS,
        )
        (self.folder / "slurm.conf").write_text(text, encoding="ascii")
        # Newer versions want to hear that they shall do without control groups.
        if _version(self.ask("sbatch", "--version")) >= [24, 5]:
            (self.folder / "cgroup.conf").write_text("CgroupPlugin=disabled\n", encoding="ascii")
        return controller_port

    def _daemon(self, name: str, command: List[str]) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.out").open("wb") as output:
            daemon = subprocess.Popen(
                guarded(command),
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._daemons.append(daemon)
        return daemon

    def _ready(self, port: int, *daemons: "subprocess.Popen[bytes]") -> bool:
        """Wait until the node can take jobs; False if a daemon ends."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and all(daemon.poll() is None for daemon in daemons):
            # sinfo itself would wait for seconds if nobody listened.
            if _listens(port) and self.ask("sinfo", "--noheader", "--format=%T") == "idle\n":
                return True
            time.sleep(0.05)
        return False

    def _reason(self) -> str:
        """The first error that a daemon wrote."""
        for path in sorted(self.folder.glob("*.out")):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                if "fatal" in line or "Error:" in line:
                    return f"no Slurm cluster can run here: {line}"
        return "no Slurm cluster can run here: the node did not become ready"

    def _kill_jobs(self) -> bool:
        """Kill what the daemons have left: processes with this cluster in their environment."""
        mark = f"SLURM_CONF={self.folder / 'slurm.conf'}".encode()
        found = False
        for path in Path("/proc").glob("[0-9]*/environ"):
            pid = int(path.parent.name)
            try:
                if pid != os.getpid() and mark in path.read_bytes().split(b"\0"):
                    os.kill(pid, signal.SIGKILL)
                    found = True
            except OSError:
                pass  # It has ended, or is somebody else's.
        return found


def _find(name: str) -> str:
    """The path of one of Slurm's programs."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *ROOTS_FOLDERS]))
    if path is None:
        raise CannotStart(f"not installed: {name} (packages slurm-wlm and munge)")
    return path


def _free_ports(count: int) -> List[int]:
    """Ports of the loopback address that are free at this moment."""
    sockets = [socket.socket() for _number in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _listens(port: int) -> bool:
    """Whether a port of the loopback address takes connections."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _version(text: str) -> List[int]:
    """The two first numbers of a version, of "slurm-wlm 22.05.8"."""
    words = text.split()
    numbers = words[-1].split(".")[:2] if words else []
    return [int(number) for number in numbers if number.isdecimal()]
