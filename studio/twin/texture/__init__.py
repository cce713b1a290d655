"""The scan's own colour on the twin: baked to the body's texture coordinates, evened out, and completed."""
