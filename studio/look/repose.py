"""`repose`: a published look in another pose, from where its cloth hangs."""

from __future__ import annotations

from studio.look.stage import CODE, TOOLS, write_look
from studio.progress import Report, silent, within
from studio.specs.wind import WindSpec
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe
from studio.store.refs import Ref
from studio.store.store import Store


def repose(
    store: Store, look: Ref, *, pose: str, wind: WindSpec | None = None, name: str | None = None, report: Report = silent,
    again: bool = False,
) -> Production:  # fmt: skip
    """Take a published look to another pose, and publish it as ``look/name``.

    Nothing is drafted or sewn: the cloth goes along with the skin from the pose of the look, in small steps, and comes to rest in the new
    one; finished garments, shoes and hats are put on the new pose. So where it folds depends on where it was folded, as with clothes that
    are worn. Statics alone can do that, whatever wind blew before; ``wind`` blows in the new pose.

    pose: A pose of the library, or another reference (see `studio.body.references`). name: The look's name and the pose's where it is None.
    The asset is a look as `dress` makes it, and names the one it came from as its input ``look``.

    Raises StudioError for a pose that does not exist, for a look that failed its gates, and for one that Blender's cloth draped.
    """
    from studio.body.poses import load_pose
    from studio.body.references import pose_slug
    from studio.look.motion.published import check_can_move

    asset = store.resolve(look)
    spec = load_pose(pose)
    check_can_move(asset)
    recipe = Recipe(
        stage="look.repose",
        inputs=(Input("look", str(asset.ref), asset.digest), *worn_inputs(asset)),
        spec={
            **asset.manifest.spec,
            "pose": spec.model_dump(mode="json") | {"name": pose},
            "wind": None if wind is None else wind.model_dump(mode="json"),
        },
        tools=TOOLS,
        code=CODE,
    )
    production = store.produce(
        kind="look", name=name or f"{asset.ref.name}-{pose_slug(pose)}"[:64].rstrip("-_."), recipe=recipe, again=again,
        build=lambda made: _build(made, store, asset, pose, wind, report),
    )  # fmt: skip
    report("done", 1.0)
    return production


def worn_inputs(look: Asset) -> tuple[Input, ...]:
    """The twin and the imported garments that a look was made from."""
    return tuple(Input(item.role, item.name, item.digest) for item in look.manifest.inputs if item.role != "look")


def _build(made: Draft, store: Store, look: Asset, pose: str, wind: WindSpec | None, report: Report) -> Outcome:
    from studio.body.ground import pose_body
    from studio.body.poses import load_pose
    from studio.look.dress import Drape, judged
    from studio.look.motion.along import go_along
    from studio.look.motion.published import load_outfit
    from studio.look.motion.way import way_between
    from studio.look.wearing.outfit import put_on_finished

    report("posing", 0.0)
    outfit = load_outfit(store, look, report=within(report, 0.0, 0.02))
    model, pieces = outfit.model, outfit.pieces
    stance = outfit.standing(pose_body(model, outfit.parameters, load_pose(pose), offsets=outfit.offsets))
    way = way_between(model, outfit.stance, stance, outfit.landmarks)
    worn = go_along(
        way, outfit.worn, outfit.followers,
        put_on=lambda index, below: put_on_finished(way.figure, pieces[index], index, model, stance, below),
        wind_m_s=None if wind is None else wind.velocity_m_s, report=within(report, 0.05, 0.95),
    )  # fmt: skip
    report("measuring", 0.95)
    result = Drape(way.figure.vertices[-1], way.figure.faces, tuple(worn), judged(way.figure, worn))
    return write_look(made, result, model, stance, outfit=outfit.wear, twin=outfit.twin, pose=pose)
