"""Starts Blender children and hands them job folders. Knows nothing of Blender.

A job is a folder: ``job.json`` (``{"kind": ...}`` and what that kind asks for) and arrays go in; files, ``progress.jsonl``, ``log.txt``
and, written last, ``result.json`` come out. One child serves many jobs: it reads folder paths from stdin, one a line.
A job has succeeded when its ``result.json`` is valid, whatever became of the child: bpy 4.5.15 was seen to crash, and to hang,
at interpreter exit after good work. The child is never forked from this process, so a parent that holds torch or threads is safe.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from pydantic import Field, ValidationError

from studio.errors import MissingDependency, StudioError
from studio.progress import Report, silent
from studio.specs.base import Spec
from studio.system import install_command, libraries_of, missing_libraries

#: How often the parent looks at the job folder [s]; a draft job lasts seconds, so 0.05 s costs under one per cent.
POLL_S = 0.05
#: A pause between two looks counts as this long at most [s]: while a laptop sleeps, or this process is stopped, no time passes for the job.
LONGEST_PAUSE_S = 1.0
#: A child that used less than this share of one core since its last sign of life is asleep, not working.
IDLE_CPU_SHARE = 0.01
#: How long a child may take to leave after its input is closed before it is killed [s]. It has nothing left to save.
LEAVE_S = 2.0


class JobOutcome(Spec):
    """What ``result.json`` says. Either ``error`` is set, or the job succeeded and ``files`` are all there."""

    kind: str
    seconds: float
    facts: dict[str, Any] = Field(default_factory=dict)
    files: dict[str, int] = Field(default_factory=dict)  # name in the job folder -> bytes
    error: str | None = None
    missing: bool = False  # the error is that the machine lacks something
    tools: dict[str, str] = Field(default_factory=dict)
    rss_mb: float = 0.0


@dataclass(frozen=True, kw_only=True)
class JobResult:
    """A job that succeeded: the facts it reported and the files it wrote into its folder."""

    folder: Path
    kind: str
    seconds: float
    facts: Mapping[str, Any]
    files: tuple[str, ...]
    tools: Mapping[str, str]

    def path(self, name: str) -> Path:
        """The path of a file that the job reported. Raises StudioError for a name that it did not."""
        if name not in self.files:
            raise StudioError(f"The job in {self.folder} wrote {', '.join(self.files) or 'no files'}, and not '{name}'.")
        return self.folder / name


def write_job(folder: Path, kind: str, /, **request: Any) -> Path:
    """Write ``job.json`` into ``folder``, which is made if absent, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "job.json").write_text(json.dumps({"kind": kind, **request}, indent=1, allow_nan=False), encoding="utf-8")
    return folder


class Engine:
    """A Blender child and its keeper. Use as a context manager; jobs run one at a time.

    The child starts with the first job and is replaced when it dies, hangs, has served ``jobs_per_child`` jobs, or holds more than
    ``rss_limit_mb`` (bpy grows by 2-28 MB a job, measured with textures and 126 k-vertex meshes).
    """

    def __init__(
        self,
        *,
        jobs_per_child: int = 40,
        rss_limit_mb: float = 6000.0,
        timeout_s: float = 1800.0,
        stall_s: float = 90.0,
        log: Path | None = None,
        command: Sequence[str] = (sys.executable, "-m", "studio.blender.serve"),
    ) -> None:
        """
        Args:
            timeout_s: Longest time for one job [s]; ``run`` can ask for another.
            stall_s: A job without progress, and whose child uses no processor time, is taken for hung after this long [s].
            log: Where the child's words go that belong to no job; a temporary file otherwise.
            command: The child. Another one is for tests of this class.
        """
        self._jobs_per_child, self._rss_limit_mb = jobs_per_child, rss_limit_mb
        self._timeout_s, self._stall_s = timeout_s, stall_s
        self._command = list(command)
        self._log_path = log
        self._log: IO[bytes] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._served = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process id of the child that is running, or None."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def run(self, folder: Path, *, report: Report = silent, timeout_s: float | None = None) -> JobResult:
        """Run the job in ``folder`` and return what it reported.

        Outputs of an earlier run of the same folder are removed first, so a kept folder can be replayed.
        Raises StudioError when the job fails, the child dies or hangs; MissingDependency when the machine lacks a system library.
        """
        folder = folder.resolve()
        if not (folder / "job.json").is_file():
            raise StudioError(f"There is no job.json in {folder}; a job folder holds one.")
        if "\n" in str(folder):
            raise StudioError(f"The job folder {str(folder)!r} has a line break in its name; choose another.")
        for name in ("result.json", "progress.jsonl", "heartbeat.json", "log.txt"):
            (folder / name).unlink(missing_ok=True)
        with self._lock:
            try:
                child = self._start()
                self._hand_over(child, folder)
                outcome = self._watch(child, folder, report, self._timeout_s if timeout_s is None else timeout_s)
            except BaseException:  # an interrupt as well: the child must not go on working for nobody
                self._kill()
                raise
            self._served += 1
            if outcome.missing or outcome.rss_mb > self._rss_limit_mb or self._served >= self._jobs_per_child:
                self._leave()
        return _result(folder, outcome)

    def close(self) -> None:
        """Let the child go. What it does at exit no longer matters."""
        with self._lock:
            self._leave()
            if self._log is not None:
                self._log.close()
                self._log = None

    def _start(self) -> subprocess.Popen[bytes]:
        """The running child, or a fresh one."""
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._kill()
        if self._log is None:
            self._log = self._log_path.open("ab") if self._log_path is not None else tempfile.TemporaryFile()  # noqa: SIM115  closed in close()
        package_parent = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(part for part in (package_parent, os.environ.get("PYTHONPATH", "")) if part)
        self._served = 0
        self._child = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # its own process group: Ctrl-C reaches it through us only, and a kill takes its helpers too
        )
        return self._child

    @staticmethod
    def _hand_over(child: subprocess.Popen[bytes], folder: Path) -> None:
        assert child.stdin is not None
        try:
            child.stdin.write(os.fsencode(folder) + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            raise StudioError(f"The Blender child left before it took the job in {folder}; {_last_line(folder)}") from None

    def _watch(self, child: subprocess.Popen[bytes], folder: Path, report: Report, timeout_s: float) -> JobOutcome:
        """Wait for ``result.json``, pass progress on, and judge whether the child still works."""
        progress = _ProgressTail(folder / "progress.jsonl")
        pulse = _Pulse(folder / "heartbeat.json", self._stall_s)
        waited, looked = 0.0, time.monotonic()
        while True:
            waited, looked = waited + min(time.monotonic() - looked, LONGEST_PAUSE_S), time.monotonic()
            exit_code = child.poll()  # before the look at the result: a child may write it and die at once
            moved = progress.pass_on(report)
            if (folder / "result.json").exists():
                progress.pass_on(report)
                return _read_outcome(folder)
            if exit_code is not None:
                raise StudioError(
                    f"Blender died in the job in {folder} ({_describe_exit(exit_code)}); {_last_line(folder)} "
                    "The folder is kept and can be run again."
                )
            if waited > timeout_s:
                raise StudioError(
                    f"The job in {folder} was not done after {timeout_s:.0f} s and was stopped; {_last_line(folder)} The folder is kept."
                )
            if pulse.stopped(moved, waited):
                raise StudioError(
                    f"The job in {folder} hung (no progress and no processor time for {self._stall_s:.0f} s) and was stopped; "
                    f"{_last_line(folder)} The folder is kept."
                )
            time.sleep(POLL_S)

    def _leave(self) -> None:
        """Close the child's input, give it a moment, then kill what is left."""
        if self._child is not None and self._child.poll() is None:
            assert self._child.stdin is not None
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                self._child.stdin.close()
                self._child.wait(LEAVE_S)
        self._kill()

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()


class _ProgressTail:
    """Reads what is new in ``progress.jsonl``: lines ``{"label": ..., "fraction": ...}``."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset = path, 0

    def pass_on(self, report: Report) -> bool:
        """Report the complete new lines; True when there were any."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                text = file.read()
        except FileNotFoundError:
            return False
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            try:
                entry = json.loads(line)
                report(str(entry["label"]), float(entry["fraction"]))
            except (ValueError, KeyError, TypeError):
                continue  # talk that is not ours: the result decides, not the progress
        return bool(whole)


class _Pulse:
    """Judges life by processor time, which the child's watcher thread writes down each second.

    A watcher that merely ticks would prove nothing: bpy releases the interpreter lock in renders and frame changes (measured: ticks every
    0.05 s go on in both), so a deadlock inside Blender would not stop it.
    """

    def __init__(self, path: Path, stall_s: float) -> None:
        self._path, self._stall_s = path, stall_s
        self._since, self._cpu_s = 0.0, 0.0

    def stopped(self, moved: bool, now: float) -> bool:
        """Whether the child showed no sign of life for too long. now: Time that the job has had so far [s]."""
        try:
            cpu_s = float(json.loads(self._path.read_text(encoding="utf-8"))["cpu_s"])
        except (OSError, ValueError, KeyError, TypeError):
            cpu_s = self._cpu_s
        if moved or cpu_s - self._cpu_s > max(IDLE_CPU_SHARE * (now - self._since), 0.02):
            self._since, self._cpu_s = now, cpu_s
        return now - self._since > self._stall_s


def _read_outcome(folder: Path) -> JobOutcome:
    try:
        outcome = JobOutcome.model_validate_json((folder / "result.json").read_bytes())
    except ValidationError as error:
        raise StudioError(f"The result.json in {folder} is not valid: {error.errors()[0]['msg']}; {_last_line(folder)}") from None
    for name, size in outcome.files.items():
        path = (folder / name).resolve()
        if folder not in path.parents:
            raise StudioError(f"The job in {folder} names the file '{name}', which lies outside its folder.")
        if not path.is_file() or path.stat().st_size != size:
            raise StudioError(f"The job in {folder} names the file '{name}' of {size} bytes, and it is not there in full.")
    return outcome


def _result(folder: Path, outcome: JobOutcome) -> JobResult:
    if outcome.error is not None:
        if outcome.missing:
            command = install_command(missing_libraries() or libraries_of("bpy"))
            raise MissingDependency(f"{outcome.error}; on Debian or Ubuntu run: {command}")
        raise StudioError(f"The Blender job '{outcome.kind}' failed: {outcome.error} Its folder {folder} is kept; log.txt there says more.")
    return JobResult(
        folder=folder, kind=outcome.kind, seconds=outcome.seconds, facts=outcome.facts, files=tuple(outcome.files), tools=outcome.tools
    )


def _last_line(folder: Path) -> str:
    """The last words of the job's log, as half a sentence."""
    try:
        lines = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return f"its log ends with: {lines[-1].strip()[:300]!r}." if lines else "its log is empty."


def _describe_exit(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
