"""How a garment is taken along: shaken on its way, held by all of its friction where it comes to rest."""

from __future__ import annotations

import pytest

from studio.garment.catalog import load_fabric
from studio.look.dress import Piece, drape
from studio.look.follow import Follower, Statics
from tests.look.conftest import tube


def test_cloth_is_shaken_on_its_way_and_held_by_its_own_friction_at_the_end(post, monkeypatch):
    held, at_rest = [], Follower.at_rest

    def listening(self, *arguments, **options):
        held.append(self.friction)
        return at_rest(self, *arguments, **options)

    monkeypatch.setattr(Follower, "at_rest", listening)
    jersey = load_fabric("cotton-jersey").mechanics
    drape(post, [Piece("tube", tube(40.0, 36.0), jersey)], solver=Statics(), edge_length_m=0.03)
    assert len(held) > 2
    assert held[:-1] == pytest.approx([0.1 * jersey.friction] * (len(held) - 1))
    assert held[-1] == jersey.friction
