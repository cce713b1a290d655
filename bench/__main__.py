"""``python -m bench NAME``: run one measurement and write its table between its markers in RESULTS.md."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from bench.hardware import hardware

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "RESULTS.md"


def main(arguments: list[str]) -> int:
    """Run the named measurement. Returns the exit code."""
    known = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))
    if len(arguments) != 1 or arguments[0] not in known:
        print(f"Name one measurement: {', '.join(known)}.", file=sys.stderr)
        return 2
    text = importlib.import_module(f"bench.bench_{arguments[0]}").run()
    write_section(arguments[0], f"{text.strip()}\n\n{hardware()}")
    print(text)
    return 0


def write_section(name: str, text: str) -> None:
    """Put a section between ``<!-- name -->`` and ``<!-- /name -->``; a new one goes to the end."""
    start, stop = f"<!-- {name} -->", f"<!-- /{name} -->"
    old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# Results\n\nEach table comes from `python -m bench NAME`.\n"
    section = f"{start}\n{text}\n{stop}"
    if start in old and stop in old:
        before, rest = old.split(start, 1)
        new = before + section + rest.split(stop, 1)[1]
    else:
        new = f"{old.rstrip()}\n\n{section}\n"
    RESULTS.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
