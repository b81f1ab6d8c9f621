"""One module per panel: frame() is drawn once, update(rows, at=) says what its leaves show."""
