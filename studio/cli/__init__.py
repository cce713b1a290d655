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
        _refuse(str(error), error.exit_code)
    except OSError as error:
        if error.filename is None or error.strerror is None:
            raise  # not about a file that somebody named
        _refuse(f"{error.filename} cannot be read or written: {error.strerror.lower()}.", 1)


def _refuse(sentence: str, exit_code: int) -> None:
    sys.stderr.write(f"{sentence}\n")
    # A gate that failed has answered already: its result was kept. Whoever reads JSON gets exactly one object either way.
    if exit_code == 1 and "--json" in sys.argv[1:]:
        sys.stdout.write(json.dumps({"error": sentence}) + "\n")
    sys.exit(exit_code)
