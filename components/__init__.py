"""Pure drawing: rows in, Dash components and drawings out. Nothing here fetches, knows a role or reads a clock."""
