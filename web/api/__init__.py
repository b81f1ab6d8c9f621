"""Machine-readable routes for our own screens."""
