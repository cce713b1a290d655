"""The command line. Thin: each command parses, calls one public function of a stage, and answers. Only this room prints or exits."""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Entry point of the ``studio`` script: exit code 0 done, 1 refused, 2 wrong usage, 3 a gate failed, 130 interrupted."""
    from studio.cli.app import app
    from studio.errors import StudioError

    try:
        app(prog_name="studio")
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        # A gate that failed has answered already: its result was kept. Whoever reads JSON gets exactly one object either way.
        if error.exit_code == 1 and "--json" in sys.argv[1:]:
            sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
        sys.exit(error.exit_code)
