"""One file per address: a page names its panels and holds no logic."""
