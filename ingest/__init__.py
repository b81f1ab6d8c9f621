"""From the broker to `services.telemetry`: receive, decode, commit, acknowledge."""
