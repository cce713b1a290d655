"""Fixtures that more than one room's tests use."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real test data beside the checkout; tests that ask for it are skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real test data is not beside this checkout")
    return SHARED_DATA


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    from studio.store.store import Store

    return Store(tmp_path / "store")
