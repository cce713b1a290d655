"""The keeper of Blender children: what counts as success, and what happens when a child dies, hangs or talks nonsense."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from studio.engine import Engine, write_job
from studio.errors import MissingDependency, StudioError
from studio.system import LIBRARIES

#: A child without Blender that does what the job's ``do`` says, so that every way of failing can be had at will.
FAKE_CHILD = """
import json, os, sys, time
from pathlib import Path
for line in sys.stdin:
    folder = Path(line.rstrip("\\n"))
    job = json.loads((folder / "job.json").read_text())
    do = job["do"]
    result = {"kind": "fake", "seconds": 0.0, "facts": {"pid": os.getpid()}}
    (folder / "log.txt").write_text("first words\\nlast words\\n")
    if do == "die":
        os._exit(7)
    if do == "sleep":
        time.sleep(60)
    if do == "spin":
        until = time.time() + 1.5
        while time.time() < until:
            (folder / "beat").write_text(json.dumps({"cpu_s": time.process_time()}))
            os.replace(folder / "beat", folder / "heartbeat.json")
    if do == "talk":
        with (folder / "progress.jsonl").open("a") as file:
            for step in (0.25, 0.5, 1.0):
                file.write(json.dumps({"label": "step", "fraction": step}) + "\\n")
                file.flush()
                time.sleep(0.1)
    if do == "file":
        (folder / "made.bin").write_bytes(b"12345")
        result["files"] = {"made.bin": 5 if job["honest"] else 6}
    if do == "escape":
        result["files"] = {"../secret": 1}
    if do == "fat":
        result["rss_mb"] = 1e9
    text = json.dumps(result) if do != "nonsense" else '{"kind": "fake"'
    (folder / "part").write_text(text)
    os.replace(folder / "part", folder / "result.json")
    if do == "die after":
        os.kill(os.getpid(), 11)
"""


@pytest.fixture
def fake(tmp_path):
    script = tmp_path / "fake_child.py"
    script.write_text(FAKE_CHILD)
    with Engine(command=(sys.executable, str(script)), stall_s=1.0) as engine:
        yield engine


def job(tmp_path: Path, name: str, do: str, **more) -> Path:
    return write_job(tmp_path / name, "fake", do=do, **more)


def test_one_child_serves_many_jobs(fake, tmp_path):
    pids = {fake.run(job(tmp_path, f"j{n}", "nothing")).facts["pid"] for n in range(3)}
    assert len(pids) == 1


def test_child_that_dies_leaves_a_sentence_and_the_next_job_gets_another_child(fake, tmp_path):
    with pytest.raises(StudioError, match=r"died in the job in .*/dead .*exit code 7.*'last words'"):
        fake.run(job(tmp_path, "dead", "die"))
    assert (tmp_path / "dead" / "job.json").exists()
    assert fake.run(job(tmp_path, "next", "nothing")).kind == "fake"


def test_crash_after_a_good_result_is_success(fake, tmp_path):
    first = fake.run(job(tmp_path, "good", "die after")).facts["pid"]
    assert fake.run(job(tmp_path, "next", "nothing")).facts["pid"] != first


def test_child_without_progress_or_processor_time_is_taken_for_hung(fake, tmp_path):
    started = time.monotonic()
    with pytest.raises(StudioError, match=r"hung.*'last words'"):
        fake.run(job(tmp_path, "hung", "sleep"))
    assert time.monotonic() - started < 10
    assert fake.pid is None


def test_child_that_works_in_silence_is_not_taken_for_hung(fake, tmp_path):
    assert fake.run(job(tmp_path, "busy", "spin")).kind == "fake"  # 1.5 s of work against a patience of 1 s


def test_time_that_the_keeper_sleeps_through_does_not_count(tmp_path, monkeypatch):
    """A laptop that is closed in a job, or a process that is stopped, must not find its child guilty when it wakes."""
    script = tmp_path / "fake_child.py"
    script.write_text(FAKE_CHILD)
    clock = time.monotonic
    asleep = {"s": 0.0}

    def jumping() -> float:
        asleep["s"] += 40.0
        return clock() + asleep["s"]

    monkeypatch.setattr("studio.engine.time.monotonic", jumping)
    with Engine(command=(sys.executable, str(script)), stall_s=60.0, timeout_s=60.0) as engine:
        assert engine.run(job(tmp_path, "talk", "talk")).kind == "fake"


def test_job_over_its_time_is_stopped(fake, tmp_path):
    with pytest.raises(StudioError, match="not done after 0 s"):
        fake.run(job(tmp_path, "slow", "sleep"), timeout_s=0.3)


def test_progress_reaches_the_caller_in_order_and_whole(fake, tmp_path):
    heard = []
    fake.run(job(tmp_path, "talk", "talk"), report=lambda label, fraction: heard.append((label, fraction)))
    assert heard == [("step", 0.25), ("step", 0.5), ("step", 1.0)]


def test_result_that_is_not_valid_json_is_a_failure(fake, tmp_path):
    with pytest.raises(StudioError, match=r"result\.json in .* is not valid"):
        fake.run(job(tmp_path, "nonsense", "nonsense"))


def test_announced_file_must_be_there_in_full(fake, tmp_path):
    assert fake.run(job(tmp_path, "honest", "file", honest=True)).path("made.bin").read_bytes() == b"12345"
    with pytest.raises(StudioError, match="not there in full"):
        fake.run(job(tmp_path, "liar", "file", honest=False))


def test_file_outside_the_folder_is_refused(fake, tmp_path):
    with pytest.raises(StudioError, match="outside its folder"):
        fake.run(job(tmp_path, "escape", "escape"))


def test_stale_result_does_not_pass_for_a_new_one(fake, tmp_path):
    folder = job(tmp_path, "replayed", "die")
    (folder / "result.json").write_text(json.dumps({"kind": "fake", "seconds": 0.0}))
    with pytest.raises(StudioError, match="died"):
        fake.run(folder)


def test_child_is_replaced_after_its_share_of_jobs_and_when_it_grows_too_large(tmp_path):
    script = tmp_path / "fake_child.py"
    script.write_text(FAKE_CHILD)
    with Engine(command=(sys.executable, str(script)), jobs_per_child=2) as engine:
        pids = [engine.run(job(tmp_path, f"j{n}", "nothing")).facts["pid"] for n in range(4)]
        assert pids[0] == pids[1] != pids[2] == pids[3]
        fat = engine.run(job(tmp_path, "fat", "fat")).facts["pid"]
        assert engine.run(job(tmp_path, "thin", "nothing")).facts["pid"] != fat


def test_interrupt_kills_the_child(fake, tmp_path):
    def interrupt(label: str, fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fake.run(job(tmp_path, "talk", "talk"), report=interrupt)
    assert fake.pid is None


def test_folder_without_a_job_is_refused(fake, tmp_path):
    with pytest.raises(StudioError, match=r"no job\.json"):
        fake.run(tmp_path)


# --- the real child


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


def test_probe_names_the_blender(engine, tmp_path):
    result = engine.run(write_job(tmp_path / "probe", "probe"))
    assert result.facts["version"].startswith("4.5")
    assert result.tools["blender"] == result.facts["version"]


def test_unknown_kind_is_refused_with_the_closest_and_the_child_lives_on(engine, tmp_path):
    engine.run(write_job(tmp_path / "probe", "probe"))
    pid = engine.pid
    with pytest.raises(StudioError, match=r"no job kind 'prope': did you mean 'probe'\?"):
        engine.run(write_job(tmp_path / "bad", "prope"))
    assert "Traceback" in (tmp_path / "bad" / "log.txt").read_text()
    assert engine.run(write_job(tmp_path / "again", "probe")).kind == "probe"
    assert engine.pid == pid


def test_real_child_killed_in_a_job_is_replaced(engine, tmp_path):
    engine.run(write_job(tmp_path / "probe", "probe"))
    pid = engine.pid
    os.kill(pid, signal.SIGSTOP)  # so that the kill falls into the job for certain
    threading.Timer(0.3, lambda: os.kill(pid, signal.SIGKILL)).start()
    with pytest.raises(StudioError, match="killed by SIGKILL"):
        engine.run(write_job(tmp_path / "victim", "probe"))
    assert engine.run(write_job(tmp_path / "victim", "probe")).kind == "probe"
    assert engine.pid != pid


@pytest.mark.parametrize("missing", [(), (LIBRARIES[6],)], ids=["all found by the loader", "one missing"])
def test_missing_system_library_names_the_packages(tmp_path, monkeypatch, missing):
    monkeypatch.setattr("studio.engine.missing_libraries", lambda: missing)
    packages = "libsm6" if missing else " ".join(library.package for library in LIBRARIES if "bpy" in library.needed_by)
    (tmp_path / "bpy").mkdir()
    (tmp_path / "bpy" / "__init__.py").write_text("raise ImportError('libSM.so.6: cannot open shared object file')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Engine() as broken, pytest.raises(MissingDependency, match=rf"libSM\.so\.6.*apt-get install -y {packages}$"):
        broken.run(write_job(tmp_path / "probe", "probe"))


def test_parent_loads_neither_blender_nor_its_room():
    code = "import sys, studio.engine; sys.exit(any(m.split('.')[0] == 'bpy' or m.startswith('studio.blender') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_kept_folder_can_be_replayed_by_hand(tmp_path):
    folder = write_job(tmp_path / "probe", "probe")
    done = subprocess.run([sys.executable, "-m", "studio.blender.serve", str(folder)], check=False, timeout=60)
    assert done.returncode == 0
    assert json.loads((folder / "result.json").read_text())["kind"] == "probe"
