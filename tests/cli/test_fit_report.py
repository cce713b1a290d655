"""``studio fit-report`` on the command line: one JSON object on one line, or one sentence and exit code 1."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from studio.cli.app import app
from studio.fit.report import FitReport
from studio.store.refs import Ref
from studio.store.workspace import create_workspace
from tests.cli.test_commands import assert_refused, studio

VERDICT = {
    "tee": {
        "overall": "tight",
        "levels": {"bust": {"word": "tight", "reason": "2 cm less", "source": "a"}, "hip": {"word": "good", "reason": "", "source": "a"}},
        "regions": {"shoulder": {"word": "tight", "reason": "it pulls", "source": "a"}},
        "size": {"recommended": "L", "second": "M", "why": "L comes nearest."},
    }
}


@pytest.fixture
def written(monkeypatch, tmp_path):
    """Replaces the report: it has its own tests. What it was asked for is kept."""
    from studio.fit import report

    asked = {}

    def fit_report(store, ref, *, out, sizes, report):
        asked.update(ref=str(ref), out=out, sizes=sizes)
        report("done", 1.0)
        return FitReport(Ref("look", "ada", 2), (out / "fit.html", out / "fit.json"), {"tee": {}}, {"tee": {}}, {"tee": {}}, VERDICT)

    monkeypatch.setattr(report, "fit_report", fit_report)
    create_workspace(tmp_path)
    return asked


def test_the_answer_is_one_object_with_the_keys_of_the_contract(written, tmp_path):
    run = CliRunner().invoke(app, ["--workspace", str(tmp_path), "--json", "fit-report", "look/ada", "--out", "fit", "--sizes", "S,M"])
    assert run.exit_code == 0, run.output
    found = json.loads(run.output)
    assert list(found) == ["ref", "seconds", "ease_cm", "strain", "pressure_kpa", "verdict", "files"]
    assert found["ref"] == "look/ada@2"
    assert found["verdict"] == VERDICT
    assert found["files"] == ["fit/fit.html", "fit/fit.json"]
    assert (written["ref"], str(written["out"]), written["sizes"]) == ("look/ada", "fit", "S,M")


def test_people_read_what_is_wrong_and_which_size_to_take(written, tmp_path):
    run = CliRunner().invoke(app, ["--workspace", str(tmp_path), "fit-report", "look/ada"])
    assert run.output.splitlines() == [
        "look/ada@2  fit/fit.html", "  tee: tight", "    bust: tight; 2 cm less", "    over the shoulder: tight; it pulls",
        "    sizes: L comes nearest.",
    ]  # fmt: skip
    assert written["sizes"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("look/nobody",), r"There is no look/nobody"),
        (("twin/nobody",), r"'twin/nobody' is a twin, and a look is needed"),
        (("look/nobody", "--out", "studio.toml"), r"studio\.toml is a file"),
    ],
)
def test_what_cannot_be_reported_is_refused_in_one_sentence(arguments, said, tmp_path):
    create_workspace(tmp_path)
    assert_refused(studio("fit-report", *arguments, cwd=tmp_path), said)
