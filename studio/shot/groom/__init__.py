"""Hair grown strand by strand: head hair in several styles, brows, lashes. numpy and scipy only; arrays in, arrays out."""
