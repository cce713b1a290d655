"""Where the skin bends differently in the scan's pose than in the stance in which people are measured.

There a scan says as much about flesh under strain as about the person: no skinning follows a seat that is sat on. What lies between such
skin and the scan belongs to the scan's pose, not to the person.
"""

from __future__ import annotations

import numpy as np

from studio.body.poses import load_pose, pose_rotations
from studio.twin.kinematics import FitBody
from studio.twin.unknowns import Unknowns

#: Difference of the pose correctives [m] at which skin is trusted a quarter. Correctives are the part of bending that the model knows to
#: be beyond linear blending; what it does not know is about as large. In the open body 5 mm is passed at hips and knees bent by some 50
#: degrees and in the armpits of arms raised to the front; from a relaxed stance to the A-pose 97 % of the skin stays below.
_TRUSTED_M = 0.005


def trust_of(body: FitBody, unknowns: Unknowns) -> np.ndarray:
    """How far the skin in a pose may be taken for the skin in the measuring stance, 0 to 1, shape (V,) (Geman and McClure 1987)."""
    return (1 + (body.corrective_change(unknowns, pose_rotations(load_pose("a"))) / _TRUSTED_M) ** 2) ** -2
