"""How well made-up people are fitted on whom no prior and no weight of the fit was chosen."""

from __future__ import annotations

from bench.fit_made_up import unseen
from studio.body.model import load_body


def run() -> str:
    """Fit them and return the table."""
    return unseen(load_body("open"))
