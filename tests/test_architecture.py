"""The house keeps its shape: one-way imports, Blender behind its wall, small modules and functions, a light front door."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STUDIO = ROOT / "studio"

#: From left to right; a room imports from its own group or from groups to its left.
ORDER = (
    {"errors", "progress", "frames", "system"},
    {"library"},
    {"specs"},
    {"mesh"},
    {"page"},
    {"store"},
    {"body", "engine"},
    {"scan"},
    {"twin"},
    {"garment"},
    {"look"},
    {"fit"},
    {"shot"},
    {"refine"},
    {"deliver"},
    {"pipeline", "doctor"},
    {"batch"},
    {"review"},
    {"cli"},
)
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}
BLENDER_MODULES = {"bpy", "bmesh", "mathutils", "bl_math", "gpu"}
HEAVY = {"bpy", "torch", "open3d", "diffusers", "smplx", "anny", "scipy", "trimesh"}
MODULES = sorted(STUDIO.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(STUDIO).with_suffix("").parts
    return "__init__" if parts == ("__init__",) else parts[0]


def imported(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            base = node.module or ""
            found += [(f"{base}.{alias.name}" if base == "studio" else base, node.lineno) for alias in node.names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_go_one_way(path):
    room = room_of(path)
    assert room in RANK or room in {"__init__", "blender"}, f"{room} has no place in the import order"
    for name, line in imported(path):
        if not name.startswith("studio.") or room == "__init__":
            continue
        other = name.split(".")[1]
        assert other == "blender" if room == "blender" and other == "blender" else other != "blender", f"{path}:{line} imports {name}"
        if room == "blender":
            assert other in {"blender", "errors", "frames"}, f"{path}:{line}: Blender's room sees neither store nor stages, found {name}"
        elif other != room:
            assert RANK[other] < RANK[room], f"{path}:{line} imports {name}, which is not to the left of {room}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_blender_is_imported_in_its_own_room_only(path):
    if room_of(path) != "blender":
        assert not {name.split(".")[0] for name, _ in imported(path)} & BLENDER_MODULES


@pytest.mark.parametrize(
    "path", sorted(p for folder in ("studio", "tests", "bench", "examples") for p in (ROOT / folder).rglob("*.py")), ids=lambda p: p.stem
)
def test_modules_and_functions_are_small(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 500
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno + 1 <= 80, f"{path}:{node.lineno} {node.name}"


def test_only_the_command_line_prints_or_exits():
    for path in MODULES:
        if room_of(path) in {"cli", "system"} or path.name == "serve.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                assert name not in {"print", "exit", "sys.exit", "os._exit", "quit"}, f"{path}:{node.lineno} calls {name}"


def test_no_pickles_and_no_code_from_data():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                assert name not in {"eval", "exec", "pickle.load", "pickle.loads", "torch.load"}, f"{path}:{node.lineno} calls {name}"
                allow = [keyword for keyword in node.keywords if keyword.arg == "allow_pickle"]
                assert all(ast.unparse(keyword.value) == "False" for keyword in allow), f"{path}:{node.lineno} allows pickles"
                assert name != "np.load" or allow or any(k.arg == "mmap_mode" for k in node.keywords), (
                    f"{path}:{node.lineno}: np.load without allow_pickle=False"
                )


@pytest.mark.parametrize(
    "code",
    ["import studio", "import sys; sys.argv = ['studio', '--help']; import studio.cli\ntry: studio.cli.main()\nexcept SystemExit: pass"],
)
def test_the_front_door_loads_nothing_heavy(code):
    probe = f"{code}\nimport sys\nprint('LOADED', *sorted(set(sys.modules) & {HEAVY!r}))"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1].split() == ["LOADED"]


def test_no_path_of_a_machine_and_no_index_address_in_any_file():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    for name in filter(None, listed):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".json", ".sh"} or path.name in {"Makefile", "run", "NOTICE"}:
            text = path.read_text(encoding="utf-8")
            for place in ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "py" + "pi.org", "/sim" + "ple/"):
                assert place not in text, f"{name} names {place}"


def taking_part(start: str, listed: tuple[str, ...], *, inputs: frozenset[str] | set[str] = frozenset()) -> set[str]:
    """Modules that a stage imports, directly or through others, and its recipe does not list.

    inputs: Modules that read or make what has a digest of its own: what they import is not looked at.
    """

    def is_listed(module: str) -> bool:
        return any(module == each or module.startswith(f"{each}/") for each in listed)

    todo, done = {start}, set()
    while todo:
        module = todo.pop()
        done.add(module)
        if module in inputs:
            continue
        path = STUDIO / f"{module}.py"
        names = {name for name, _ in imported(path if path.is_file() else STUDIO / module / "__init__.py")}
        found = {name.removeprefix("studio.").replace(".", "/") for name in names if name.startswith("studio.")}
        todo |= {each for each in found if not each.startswith("store")} - done
    return {module for module in done if not is_listed(module)} - WITHOUT_EFFECT - inputs


WITHOUT_EFFECT = {"errors", "progress", "library", "specs"}


def test_a_twin_is_fitted_anew_when_any_module_changes_that_took_part_in_it():
    from studio.twin.stage import _CODE

    assert taking_part("twin/stage", _CODE) - {"specs/base", "specs/quantity"} == set()


def test_a_look_is_dressed_anew_when_any_module_changes_that_took_part_in_it_and_for_no_light():
    """A twin, a scan and a finished garment are inputs with digests of their own."""
    from studio.look.stage import CODE

    scans = {f"scan/{name}" for name in ("raw", "readers", "prepare", "pictures", "formats/obj", "formats/gltf")}
    inputs = scans | {"system", "page/files", "twin/twin", "twin/fit", "specs/scan", "specs/fit"}
    for stage in ("look/stage", "look/repose", "look/motion/stage"):
        assert taking_part(stage, CODE, inputs=inputs) == set()
    assert not any(module.startswith(("shot", "specs/scene", "specs/appearance")) for module in CODE)
