"""A first shoot: one person, two garments, a catalogue set. Run it: ``python examples/first_shoot.py SCAN_FILE``."""

import sys

from studio import add_scan, contact_sheet, dress, fit_twin, open_workspace, shoot

store = open_workspace("my-studio")

# The model comes in once: from then on twin/anna is the same person in every picture.
scan = add_scan(store, sys.argv[1], name="anna", subject="synthetic")
twin = fit_twin(store, scan.ref)

# Two garments in size M, innermost first, in a relaxed stand.
look = dress(store, twin.ref, wear=("a-line-skirt:M", "tee:M:cotton-jersey"), pose="relaxed")

# Two cameras of the white catalogue set; its lights are in scenes/catalog-white/scene.toml.
shots = shoot(store, look.ref, scene="catalog-white", cameras=("front", "back"), quality="draft")

print(contact_sheet(store, tuple(shot.ref for shot in shots), out="contact-sheet.jpg", title="Anna"))
