"""Whether the platform lives: /healthz for the process, /readyz for what it needs, /metrics for Prometheus."""
