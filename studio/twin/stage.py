"""`twin fit`: a published scan becomes a published twin."""

from __future__ import annotations

import numpy as np

from studio.errors import StudioError
from studio.progress import Report, silent, within
from studio.specs.fit import FitSpec
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe, Ref
from studio.store.store import Store
from studio.twin.twin import Twin, load_twin

__all__ = ["Twin", "fit_twin", "load_twin"]

#: What can change a twin besides its inputs.
_CODE = ("twin", "body", "mesh", "frames", "specs/fit", "specs/appearance")
_TOOLS = ("numpy", "open3d", "scipy", "torch")
#: A twin that explains less of its scan than this is published as failed: it is another pose than was tried, or no person.
_LEAST_EXPLAINED = {"skin": 0.75, "clothed": 0.45}


def fit_twin(
    store: Store, scan: Ref | str, *, name: str | None = None, spec: FitSpec = FitSpec(), report: Report = silent, again: bool = False
) -> Production:
    """Fit a body model to a scan and publish it as ``twin/name``, by default under the scan's name.

    The asset holds ``twin.npz`` (see ARCHITECTURE.md): shape, the pose of the scan, and offsets, SMPL-X frame. Facts: ``scan_to_twin_mm``
    and ``parameters_only_mm`` (mean, median, p95 over every point of the scan), ``explained`` (share of the points within 30 mm),
    ``iterations``, ``mode``, ``body`` and ``body_digest``, ``scan``, ``subject``, ``appearance``, ``skin_melanin``, ``noise_mm``,
    ``offset_crossings``, ``file_from_world``. A twin that does not explain its scan is published as failed.

    Raises StudioError for a missing scan, an unknown landmark, and MissingDependency for a body model that is not there.
    """
    from studio.body.model import load_body

    source = store.resolve(Ref.parse(scan, kind="scan") if isinstance(scan, str) else scan)
    model = load_body(spec.body, report=within(report, 0.0, 0.05))
    recipe = Recipe(
        stage="twin.fit",
        inputs=(Input("scan", str(source.ref), source.digest), Input("body", model.name, model.digest)),
        spec=spec.model_dump(mode="json"),
        tools=_TOOLS,
        code=_CODE,
        seeds={"points": spec.seed},
    )

    def build(draft: Draft) -> Outcome:
        return build_twin(draft, source, model, spec, within(report, 0.05, 1.0))

    production = store.produce(kind="twin", name=name or source.ref.name, recipe=recipe, build=build, again=again)
    report("done", 1.0)
    return production


def build_twin(draft: Draft, source: Asset, model, spec: FitSpec, report: Report) -> Outcome:
    """Fit to a scan and write what a twin's asset holds; the outcome says what is known of it."""
    from studio.twin.fit import Fit, fit_body

    arrays = source.arrays("scan.npz")
    fit: Fit = fit_body(model, arrays["points"], arrays["normals"], faces=arrays.get("faces"), spec=spec, report=report)
    draft.write_arrays("twin.npz", **fit.parameters.arrays(), offsets=fit.offsets)
    look = _complexion(model, fit, arrays["points"], arrays.get("colours"))
    final, plain = fit.scan_to_twin.facts(), fit.parameters_only.facts()
    explained = final.pop("explained")
    plain.pop("explained")
    return Outcome(
        facts={
            "scan_to_twin_mm": final,
            "parameters_only_mm": plain,
            "explained": explained,
            "iterations": fit.iterations,
            "mode": fit.mode,
            "body": model.name,
            "body_digest": model.digest,
            "scan": str(source.ref),
            "subject": source.facts.get("subject"),
            "appearance": look.appearance,
            "skin_melanin": look.melanin,
            "noise_mm": round(fit.noise_mm, 3),
            "offset_crossings": fit.crossings,
            "file_from_world": source.facts["file_from_world"],
        },
        passed=explained >= _LEAST_EXPLAINED[fit.mode],
    )


def _complexion(model, fit, points: np.ndarray, colours: np.ndarray | None):
    """The appearance by the colours of those points that lie on the face or the hands of the fitted body."""
    from scipy.spatial import cKDTree

    from studio.body.model import forward
    from studio.frames import world_from_smplx
    from studio.twin.complexion import complexion
    from studio.twin.skin import PARTS, outer_skin

    figure = _figure(model, fit)
    if colours is None:
        return complexion(None, np.zeros(0, dtype=bool), figure=figure)
    body = world_from_smplx(forward(model, fit.parameters, offsets=fit.offsets).vertices)
    distance, nearest = cKDTree(body).query(points, distance_upper_bound=0.02, workers=-1)
    part = np.append(outer_skin(model).part, -1)[nearest]
    bare = np.isfinite(distance) & np.isin(part, [PARTS.index(name) for name in ("head", "left_hand", "right_hand")])
    return complexion(colours, bare, figure=figure)


def _figure(model, fit) -> str:
    """Whether appearances for women or for men are proposed, by the tape; a shape that cannot be measured gets the first."""
    from studio.twin.complexion import BUST_OVER_UNDERBUST_M
    from studio.twin.measure import measures_of_shape

    try:
        measures = measures_of_shape(model, fit.parameters, fit.offsets)
    except StudioError:
        return "female"
    return "female" if measures["bust_girth"].value_m - measures["underbust_girth"].value_m > BUST_OVER_UNDERBUST_M else "male"
