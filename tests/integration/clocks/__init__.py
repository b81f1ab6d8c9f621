"""Legal clocks on a real database, with an injected time."""
