"""channel list, show, check: what sales channels demand, and whether a file has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli.app import app
from studio.cli.deliver import checks_by_name
from studio.cli.session import Session
from studio.errors import GateFailed

if TYPE_CHECKING:
    from studio.specs.channel import ChannelSpec

channel = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Sales channels and what they demand.")
app.add_typer(channel, name="channel")


@channel.command("list")
def list_channels(context: typer.Context) -> None:
    """List the channels of the library, each with its size, its first format and how sure its rules are."""
    from studio.deliver.stage import channel_names, load_channel

    session: Session = context.obj
    found = {name: load_channel(name) for name in channel_names()}
    rows = {
        name: {
            "title": rules.title,
            "best_px": list(rules.size.best_px),
            "formats": list(rules.formats),
            "ground": rules.ground,
            "certainty": rules.certainty,
            "read": rules.read.isoformat(),
        }
        for name, rules in found.items()
    }
    lines = [
        f"{name:<18} {'x'.join(map(str, rules.size.best_px)):<10} {rules.formats[0]:<5} {rules.title} ({rules.certainty}, {rules.read})"
        for name, rules in found.items()
    ]
    session.answer({"channels": rows}, "\n".join(lines))


@channel.command("show")
def show(context: typer.Context, name: Annotated[str, typer.Argument(help="A channel of the library, for example zalando.")]) -> None:
    """Show what a channel demands, where that is written, when it was read, and what no check can see."""
    from studio.deliver.stage import load_channel

    session: Session = context.obj
    rules = load_channel(name)
    session.answer({"channel": name, **rules.model_dump(mode="json")}, "\n".join([f"{name}: {rules.title}", *_lines(rules)]))


def _lines(rules: ChannelSpec) -> list[str]:
    size, fill = rules.size, rules.fill
    least = "exactly" if size.exact else "at best"
    said = {
        "source": f"{rules.source}, read {rules.read} ({rules.certainty})",
        "size": f"{'x'.join(map(str, size.best_px))} {least}"
        + (f", {'x'.join(map(str, size.least_px))} at least" if size.least_px else "")
        + (f", {size.least_long_px} px on the longer side at least" if size.least_long_px else "")
        + (f", {'x'.join(map(str, size.most_px))} at most" if size.most_px else "")
        + (f", {size.most_megapixels:g} megapixels at most" if size.most_megapixels else ""),
        "format": f"{' or '.join(rules.formats)}, {rules.most_bytes:,} bytes at most, {rules.colour_space}",
        "ground": "exactly white at the border" if rules.ground == "white" else "any",
        "subject": ("may touch " + ", ".join(rules.may_touch) if rules.may_touch else "touches no side")
        + (f", {rules.clear_px} px clear of the others" if rules.clear_px else ""),
        "name": rules.name + (f", {' '.join(rules.slots)}" if rules.slots else "") + f", article: {' or '.join(rules.articles)}",
    }
    if rules.ratio is not None:
        low, high = ("{:g}:{:g}".format(*pair) for pair in (rules.ratio.least, rules.ratio.most))
        said["ratio"] = (low if low == high else f"{low} to {high}") + ("" if rules.ratio.demanded else ", advised")
    if fill is not None:
        said["fill"] = f"{fill.least:.0%} to {fill.most:.0%} of {fill.of.replace('_', ' ')}" + ("" if fill.demanded else ", advised")
    if rules.page is not None:
        page = "x".join(f"{side:g}" for side in rules.page.trim_mm)
        said["page"] = f"{page} mm and {rules.page.bleed_mm:g} mm of bleed at {rules.page.dpi} dpi"
    if rules.views:
        said["views"] = " or ".join(rules.views)
    if rules.pictures is not None:
        said["pictures"] = f"{rules.pictures} of an article at most"
    return [f"  {key:<10}{value}" for key, value in said.items()] + [f"  - {remark}" for remark in rules.remarks]


@channel.command("check")
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A picture file, from a delivery or from anywhere else.")],
    name: Annotated[str, typer.Option("--channel", help="A channel of the library, for example zalando.")],
) -> None:
    """Measure a file against the rules of a channel; exit code 3 where it does not conform."""
    from studio.deliver.conformity import check_file
    from studio.deliver.stage import load_channel

    session: Session = context.obj
    report = check_file(file, load_channel(name))
    marks = {True: "ok", False: "NO"}
    lines = [
        f"{marks[each.passed] if each.required or each.passed else 'advice':<7}{each.name:<18}{each.found}"
        + ("" if each.passed else f", should be {each.demanded}")
        for each in report.checks
    ]
    lines += [f"-      {rule:<18}not measured: its ground is not white" for rule in report.not_measured]
    answer = {"file": str(file), "channel": name, "passed": report.passed, "checks": checks_by_name(report.checks)}
    session.answer(answer | {"not_measured": list(report.not_measured)}, "\n".join(lines))
    failed = [f"{each.name} should be {each.demanded}, found {each.found}" for each in report.checks if each.required and not each.passed]
    if failed:
        raise GateFailed(f"{file} does not conform to {name}: {'; '.join(failed)}.")
