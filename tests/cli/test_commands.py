"""Every command is in the README and has help; bad input gets one sentence and the right exit code, never a traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def studio(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200"}
    code = "import sys; sys.argv[0] = 'studio'; from studio.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=environment)


def commands() -> list[tuple[str, ...]]:
    from studio.cli.app import app

    found = [(info.name or info.callback.__name__.replace("_", "-"),) for info in app.registered_commands]
    for group in app.registered_groups:
        found += [(group.name, info.name or info.callback.__name__) for info in group.typer_instance.registered_commands]
    return sorted(found)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("ws")
    assert studio("init", ".", cwd=folder).returncode == 0
    return folder


def test_every_command_is_in_the_readme_and_has_help():
    table = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `studio")]
    listed = set()
    for line in table:
        first, *more = re.findall(r"`([^`]+)`", line.split("|")[1])
        words = tuple(first.split()[1:])
        listed.add(words)
        listed |= {(*words[:-1], word) for word in more}
    assert listed == set(commands())
    from studio.cli.app import app

    for group in (app, *(group.typer_instance for group in app.registered_groups)):
        assert all((info.help or info.callback.__doc__ or "").strip() for info in group.registered_commands)


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_help_of_every_command_explains_every_option(command, tmp_path):
    run = studio(*command, "--help", cwd=tmp_path)
    assert run.returncode == 0
    for line in run.stdout.splitlines():
        if option := re.match(r"\s+(--[a-z-]+)(\s+<[^>]+>)?(.*)", line):
            assert option[3].strip() or option[1] == "--help", f"{' '.join(command)} {option[1]} has no help"


#: A command line that is wrong, its exit code, and what its one sentence says.
BAD = [
    (("list",), "a workspace", None),
    (("show", "scan/nobody"), r"There is no scan/nobody", "ws"),
    (("show", "not a ref"), r"'not a ref' is not a reference", "ws"),
    (("log", "twin/nobody"), r"There is no twin/nobody", "ws"),
    (("scan", "add", "missing.ply", "--name", "a", "--subject", "synthetic"), r"missing\.ply", "ws"),
    (("scan", "add", "text.ply", "--name", "a", "--subject", "synthetic"), r"text\.ply", "ws"),
    (("scan", "add", "text.ply", "--name", "A B", "--subject", "synthetic"), r"is not a reference|text\.ply", "ws"),
    (("scan", "add", "text.ply", "--name", "a", "--subject", "synthetic", "--unit", "furlong"), r"furlong", "ws"),
    (("twin", "fit", "scan/nobody"), r"There is no scan/nobody", "ws"),
    (("twin", "fit", "look/x"), r"'look/x' is a look, and a scan is needed", "ws"),
    (("twin", "fit", "scan/nobody", "--mode", "loose"), r"'mode'.*loose", "ws"),
    (("twin", "measure", "twin/nobody"), r"There is no twin/nobody", "ws"),
    (("twin", "export", "twin/nobody", "a.ply"), r"There is no twin/nobody", "ws"),
    (("twin", "report", "twin/nobody"), r"There is no twin/nobody", "ws"),
    (("twin", "history", "twin/nobody"), r"There is no twin/nobody", "ws"),
    (("diff", "twin/nobody@1", "twin/nobody@2"), r"There is no twin/nobody", "ws"),
    (("garment", "show", "tea"), r"There is no garment 'tea': did you mean 'tee'\?", "ws"),
    (("garment", "check", "tee"), r"names no size and no twin", "ws"),
    (("garment", "check", "tee:Q"), r"'Q' is neither a fabric nor a size", "ws"),
    (("dress", "twin/nobody", "--wear", "tee"), r"There is no twin/nobody", "ws"),
    (("shoot", "look/nobody", "--scene", "catalog-white"), r"There is no look/nobody", "ws"),
    (("shoot", "look/nobody", "--scene", "catalog-whit"), r"did you mean 'catalog-white'\?", "ws"),
    (("shoot", "look/nobody", "--scene", "catalog-white", "--size", "big"), r"'big' is not a size", "ws"),
    (("shoot", "look/nobody", "--scene", "catalog-white", "--quality", "best"), r"There is no quality 'best'", "ws"),
    (("scene", "show", "catalog-wite"), r"There is no scene 'catalog-wite': did you mean 'catalog-white'\?", "ws"),
    (("scene", "meter", "catalog-white", "--height-cm", "17"), r"A subject of 17 cm was asked for: people of 50 to 250 cm", "ws"),
    (("scene", "preview", "catalog-white", "--camera", "detail:colar"), r"did you mean 'detail:collar'\?", "ws"),
    (("scene", "chart", "catalog-wite"), r"did you mean 'catalog-white'\?", "ws"),
    (("scene", "meter", "missing.toml"), r"There is no file missing\.toml", "ws"),
    (("pose", "preview", "relaxd"), r"did you mean 'relaxed'\?", "ws"),
    (("deliver", "shot/nobody", "--channel", "zalando", "--out", "d"), r"There is no shot/nobody", "ws"),
    (("deliver", "shot/nobody", "--channel", "zalndo", "--out", "d"), r"did you mean 'zalando'\?", "ws"),
    (("contact-sheet", "shot/nobody"), r"There is no shot/nobody", "ws"),
    (("demo", "--out", "demo", "--scan", "missing.ply", "--subject", "me"), r"missing\.ply", "ws"),
]


def assert_refused(run: subprocess.CompletedProcess[str], sentence: str) -> None:
    """A command left with exit code 1 and one sentence on standard error, and said nothing else."""
    assert run.returncode == 1, run.stderr
    assert re.search(sentence, run.stderr), run.stderr
    assert "Traceback" not in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    assert run.stdout == ""


@pytest.mark.parametrize(("arguments", "sentence", "where"), BAD, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_bad_input_gets_one_sentence_and_exit_code_1(arguments, sentence, where, workspace, tmp_path):
    folder = workspace if where else tmp_path
    (folder / "text.ply").write_text("this is not a scan")
    run = studio(*arguments, cwd=folder)
    assert_refused(run, sentence)
    if where:
        assert json.loads(studio("--json", "list", cwd=folder).stdout) == {"assets": []}


@pytest.mark.parametrize("arguments", [("shw",), ("scan", "ad"), ("dress",), ("list", "--bogus")])
def test_wrong_usage_is_exit_code_2(arguments, workspace):
    run = studio(*arguments, cwd=workspace)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


def test_json_is_one_object_on_one_line_also_when_refused(workspace):
    for arguments in (("list",), ("show", "scan/nobody"), ("garment", "list"), ("pose", "list"), ("verify",)):
        run = studio("--json", *arguments, cwd=workspace)
        assert run.stdout.count("\n") == 1
        assert isinstance(json.loads(run.stdout), dict)


def test_doctor_names_what_is_there(workspace):
    run = studio("--json", "doctor", cwd=workspace)
    assert run.returncode == 0, run.stderr
    found = {row["what"]: row["found"] for row in json.loads(run.stdout)["findings"]}
    assert found["bpy"].startswith("4.5")
    assert found["render devices"].startswith("cpu")


def test_garment_check_draws_the_pattern_to_scale(workspace):
    run = studio("--json", "garment", "check", "tee:M", "--out", "tee.svg", cwd=workspace)
    answer = json.loads(run.stdout)
    assert len(answer["panels_cm2"]) == 6
    assert re.search(r'width="[\d.]+cm"', (workspace / "tee.svg").read_text())
