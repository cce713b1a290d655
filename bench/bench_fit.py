"""How well twins are fitted: made-up people, bodies of another model family, real captures."""

from __future__ import annotations

from bench.fit_files import bodies, people
from bench.fit_made_up import made_up, same_person
from studio.body.model import load_body


def run() -> str:
    """Fit everything and return the tables."""
    model = load_body("open")
    return "\n\n".join(table(model) for table in (bodies, people, made_up, same_person))
