"""The tape on the open body as a linear function of its betas: ``python -m bench.linear_tape`` writes the table in ``rigs/anthropometry``.

A third of the sampled bodies that the open body was made of is measured with the real tape (two minutes), and each number is
regressed on the symmetric betas. `twin create` steps along these lines and measures again, so they need not be exact; they are to be made
anew when the body or the tape's definitions change.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.body.model import load_body
from studio.body.population import load_population, symmetric_betas
from studio.errors import StudioError
from studio.twin.create.tape import read_body

TABLE = Path(__file__).resolve().parents[1] / "rigs" / "anthropometry" / "open-body.toml"
#: Symmetric betas that the lines depend on. A study found 100 to leave 1 mm of the body unexplained.
BETAS = 90
#: Which of the sampled bodies are measured: every third, so many. Half a second of processor time each.
EVERY, COUNT = 3, 290
#: Share of a number's variance that no line explains, before it is known: with how far each beta moves the body, it sets the ridge.
_UNEXPLAINED = 0.003


def main() -> int:
    """Measure, regress, write. Returns the exit code."""
    model = load_body("open")
    betas = load_population(model).betas[::EVERY][:COUNT]
    names, rows, kept = (), [], []
    for number, body in enumerate(betas):
        try:
            reading = read_body(model, body.astype(np.float32))
        except StudioError as error:
            print(f"body {number} is left out: {error}")
            continue
        names, rows, kept = reading.names, [*rows, reading.values], [*kept, number]
    used = np.flatnonzero(symmetric_betas(model))[:BETAS]
    reach = np.square(model.shape_dirs[:, :, used], dtype=np.float64).sum(axis=(0, 1))
    TABLE.write_text(table(names, np.array(rows), betas[kept], used, reach), encoding="utf-8")
    print(TABLE)
    return 0


def regress(rows: np.ndarray, betas: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lines (1 + K, M) and their residuals (N, M), from numbers (N, M) and betas (N, K) that move the body by ``reach`` (K,).

    The slopes have a normal prior: a beta that moves the body half as far is expected to change a number half as much.
    """
    design = np.concatenate([np.ones((len(betas), 1)), betas], axis=1)
    penalty = np.diag(np.append(0.0, _UNEXPLAINED * reach.sum() / reach))
    lines = np.linalg.solve(design.T @ design + penalty, design.T @ rows)
    return lines, rows - design @ lines


def table(names: tuple[str, ...], rows: np.ndarray, betas: np.ndarray, used: np.ndarray, reach: np.ndarray) -> str:
    """The text of the table from the numbers (N, M) of bodies with betas (N, B)."""
    lines, residuals = regress(rows, betas[:, used], reach)
    residual = np.sqrt(np.square(residuals).sum(axis=0) / (len(rows) - len(lines)))
    parts = [
        'title = "The tape on the open body, as a linear function of its betas"',
        f'source = "`python -m bench.linear_tape`: {len(rows)} sampled bodies, measured and regressed"',
        f"betas = [{', '.join(map(str, used))}]",
    ]
    for k, name in enumerate(names):
        entries = ", ".join(f"{value:.2g}" for value in lines[1:, k])
        parts.append(f"\n[gradients.{name}]\nvalue = {lines[0, k]:.5g}\nresidual = {residual[k]:.2g}\nper_beta = [{entries}]")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
