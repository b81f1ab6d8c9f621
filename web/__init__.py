"""Plain HTTP beside Dash: sign-in, guard, live stream, health, downloads."""
