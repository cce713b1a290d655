"""How a garment fits: what is measured on a draped look, what it means, and the pages that say so."""
