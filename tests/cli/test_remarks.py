"""What a scan or a twin has to remark is said on stderr, and a twin that cannot be believed is kept, answered, and exit code 3."""

from __future__ import annotations

import json
import sys

import pytest

import studio.scan.stage
import studio.twin.stage
from studio.cli import main
from studio.store import Outcome, Production, Recipe
from studio.store.workspace import create_workspace, open_store

DISTANCES = {"mean": 1.0, "median": 0.8, "p95": 2.5}
TWIN = {
    "scan_to_twin_mm": DISTANCES, "parameters_only_mm": DISTANCES, "iterations": 40, "mode": "skin", "mode_reason": "As asked.",
    "coverage": 0.13,
    "remarks": ["joints.csv was read as Kinect v2; the body has no place for Head."],
    "failures": ["The scan shows 13 % of the body, and 40 % are needed; it lacks the legs: scan the whole person."],
}  # fmt: skip
SCAN = {
    "points": 4000, "height_m": 1.7, "unit": "m", "up": "+z", "facing": "-y", "colour": False,
    "remarks": ["Where the person faces is not clear in this file; it was taken to be -y, say --facing if that is wrong."],
}  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in a workspace whose stages publish the facts above; gives the exit code, stdout and stderr."""
    folder = create_workspace(tmp_path / "ws")

    def publish(kind: str, facts: dict, passed: bool) -> Production:
        recipe = Recipe("test", (), {"kind": kind})
        return open_store(folder).produce(kind=kind, name="anna", recipe=recipe, build=lambda _: Outcome(facts, passed=passed))

    asked: dict[str, object] = {}

    def fit_twin(*_, **options) -> Production:
        asked.update(options)
        return publish("twin", TWIN, False)

    monkeypatch.setattr(studio.twin.stage, "fit_twin", fit_twin)
    monkeypatch.setattr(studio.scan.stage, "add_scan", lambda *_, **__: publish("scan", SCAN, True))

    def of(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["studio", "--workspace", str(folder), *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        return int(left.value.code or 0), *capsys.readouterr()

    of.asked = asked
    return of


def test_a_twin_that_fails_is_answered_remarked_and_exit_code_3(run):
    code, out, err = run("twin", "fit", "scan/anna", "--landmarks", "joints.csv")
    assert code == 3
    assert out.startswith("twin/anna@1")
    assert "shows 13 % of the body" in out
    assert err.splitlines() == [TWIN["remarks"][0], f"twin/anna@1 is kept and marked failed: {TWIN['failures'][0]}"]
    assert run.asked["landmarks"].name == "joints.csv"


def test_with_json_the_one_object_holds_the_remarks(run):
    code, out, _ = run("--json", "twin", "fit", "scan/anna")
    assert code == 3
    answer = json.loads(out)
    assert (answer["ref"], answer["coverage"], answer["remarks"]) == ("twin/anna@1", 0.13, TWIN["remarks"])
    assert run.asked["landmarks"] is None


def test_a_scans_doubts_are_said_and_are_in_the_json(run):
    code, _, err = run("scan", "add", "anna.ply", "--name", "anna", "--subject", "synthetic")
    assert (code, err.splitlines()) == (0, SCAN["remarks"])
    code, out, err = run("--json", "scan", "add", "anna.ply", "--name", "anna", "--subject", "synthetic")
    assert json.loads(out)["remarks"] == SCAN["remarks"]
    assert err == ""
