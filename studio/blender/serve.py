"""The child's loop: reads job folders from stdin, one a line, runs each, and writes ``result.json`` last.

Run one folder by hand, to replay a failure: ``python -m studio.blender.serve JOB_FOLDER``.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.blender.job import Job
from studio.errors import StudioError, did_you_mean

#: Which module runs which kind of job. It has ``run(job: Job) -> dict`` (the facts for ``result.json``); ``KEEPS_STATE = True`` where it
#: looks after the scene itself, otherwise each job starts from an empty one.
KINDS = {
    "probe": "studio.blender.probe",
    "cloth": "studio.blender.cloth",
    "render": "studio.blender.render",
    "armature": "studio.blender.armature",
    "usd": "studio.blender.usd",
    "motion": "studio.blender.motion",
    "fbx": "studio.blender.fbx",
    "mesh-import": "studio.blender.mesh_import",
}

HEARTBEAT_S = 1.0


class MissingLibrary(StudioError):
    """bpy cannot be loaded on this machine."""


def main(arguments: list[str]) -> None:
    """Serve the folders named on the command line, or those that come on stdin until it closes."""
    folders = arguments or (line.rstrip("\n") for line in sys.stdin)
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    good = True
    for folder in folders:
        if folder:
            good = serve(Path(folder)) and good
    sys.stdout.flush()
    sys.stderr.flush()
    # Not a normal exit: bpy 4.5.15 was seen to hang in its own tear-down. All results are on disk already.
    os._exit(0 if good else 1)


def serve(folder: Path) -> bool:
    """Run the job in ``folder``. Whatever happens, short of the process dying, ``result.json`` says it. True on success."""
    started = time.monotonic()
    kind, outcome = "?", {}
    with _log_to(folder / "log.txt"), _heartbeat(folder / "heartbeat.json"):
        try:
            request = json.loads((folder / "job.json").read_text(encoding="utf-8"))
            if not isinstance(request, dict) or not isinstance(request.get("kind"), str):
                raise StudioError(f"The job.json in {folder} has no 'kind'.")
            kind = request["kind"]
            job = Job(folder=folder, request=request)
            facts = _run(kind, job)
            outcome = {"facts": facts, "files": job.written()}
        except StudioError as error:
            traceback.print_exc()
            outcome = {"error": str(error), "missing": isinstance(error, MissingLibrary)}
        except Exception as error:  # the parent must hear of every failure, and log.txt has the rest
            traceback.print_exc()
            outcome = {"error": f"{type(error).__name__}: {error}"}
        outcome |= {"kind": kind, "seconds": time.monotonic() - started, "rss_mb": _rss_mb(), "tools": _tools()}
    _write_last(folder / "result.json", outcome)
    return "error" not in outcome


def _run(kind: str, job: Job) -> dict[str, Any]:
    if kind not in KINDS:
        raise StudioError(f"There is no job kind '{kind}': {did_you_mean(kind, KINDS)}")
    try:
        import bpy
    except ImportError as error:
        raise MissingLibrary(f"Blender's module bpy cannot be loaded ({error})") from error  # the parent knows the remedy
    module = importlib.import_module(KINDS[kind])
    if not getattr(module, "KEEPS_STATE", False):
        bpy.ops.wm.read_factory_settings(use_empty=True)
    return module.run(job)


def _tools() -> dict[str, str]:
    bpy = sys.modules.get("bpy")
    return {"python": sys.version.split()[0]} | ({"blender": bpy.app.version_string} if bpy is not None else {})


def _write_last(path: Path, outcome: dict[str, Any]) -> None:
    """Write through a neighbour and a rename, so that the parent never reads half a result."""
    try:
        text = json.dumps(outcome, allow_nan=False)
    except (TypeError, ValueError) as error:
        outcome = {"kind": outcome["kind"], "seconds": outcome["seconds"], "error": f"the job's facts are not plain JSON ({error})."}
        text = json.dumps(outcome)
    beside = path.with_suffix(".json.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


@contextmanager
def _log_to(path: Path) -> Iterator[None]:
    """Send file descriptors 1 and 2 to a file: Blender's C code prints past ``sys.stdout``."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.dup2(log, 1)
        os.dup2(log, 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(kept[0], 1)
        os.dup2(kept[1], 2)
        for descriptor in (log, *kept):
            os.close(descriptor)


@contextmanager
def _heartbeat(path: Path) -> Iterator[None]:
    """A thread that writes down, each second, how much processor time this process has used: the parent judges by its growth."""
    done = threading.Event()

    def beat() -> None:
        beside = path.with_suffix(".part")
        while True:
            times = os.times()
            cpu_s = times.user + times.system + times.children_user + times.children_system
            beside.write_text(json.dumps({"cpu_s": cpu_s, "rss_mb": _rss_mb()}), encoding="utf-8")
            beside.replace(path)
            if done.wait(HEARTBEAT_S):
                return

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _leave_with_parent(parent: int) -> None:
    """Leave when the parent is gone: a killed parent cannot close a job that is running."""
    while os.getppid() == parent:
        time.sleep(HEARTBEAT_S)
    os._exit(1)


def _rss_mb() -> float:
    """Resident memory now [MB]; its peak where /proc is not there."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


if __name__ == "__main__":
    main(sys.argv[1:])
