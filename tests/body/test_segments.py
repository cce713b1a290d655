"""Parts of the body by name."""

from __future__ import annotations

import numpy as np

from studio.body.joints import JOINTS
from studio.body.segments import SEGMENT_JOINTS, SEGMENTS, segment_labels, segment_mask, segment_weights


def test_every_joint_belongs_to_one_segment():
    assert sorted(joint for joints in SEGMENT_JOINTS.values() for joint in joints) == sorted(JOINTS)


def test_segments_share_out_the_whole_body(open_body):
    np.testing.assert_allclose(segment_weights(open_body).sum(axis=1), 1, atol=1e-5)
    labels = segment_labels(open_body)
    assert set(labels) == set(range(len(SEGMENTS)))
    assert sum(segment_mask(open_body, name).sum() for name in SEGMENTS) == open_body.vertex_count


def test_segments_are_where_they_are_named_and_mirror_each_other(open_body):
    template, mirror = open_body.template, open_body.surface.mirror
    for name in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot"):
        left, right = (segment_mask(open_body, f"{side}_{name}") for side in ("left", "right"))
        np.testing.assert_array_equal(left[mirror], right)
        assert template[left, 0].min() > -0.02
    hands = segment_mask(open_body, "left_hand", "right_hand")
    assert hands[open_body.surface.regions["fingernails"] > 0.5].all()
    assert segment_mask(open_body, "head")[open_body.surface.regions["scalp"] > 0.5].all()
    assert template[segment_mask(open_body, "left_foot"), 1].max() < template[segment_mask(open_body, "left_shin"), 1].mean()
