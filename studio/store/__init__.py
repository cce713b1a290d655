"""The spine: published assets, by reference. Knows nothing of bodies or cloth.

    store = open_workspace("my-studio")
    production = store.produce(kind="scan", name="anna", recipe=Recipe(...), build=write_files_into_the_draft)
    asset = store.resolve("scan/anna")
    asset.arrays("scan.npz")["points"]

``studio.store.store.Store`` itself is imported where it is used: the database layer behind it loads slowly.
"""

from studio.store.asset import Asset, Draft, Outcome, Production
from studio.store.recipe import Input, Recipe, file_digest
from studio.store.refs import Ref
from studio.store.workspace import create_workspace, find_workspace, open_store, open_workspace

__all__ = [
    "Asset",
    "Draft",
    "Input",
    "Outcome",
    "Production",
    "Recipe",
    "Ref",
    "create_workspace",
    "file_digest",
    "find_workspace",
    "open_store",
    "open_workspace",
]
