"""The city's Smart Elevator Platform, asked for registers, inspections and maintenance (its interface: docs/adapters.md)."""
