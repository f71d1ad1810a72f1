"""Base: what every wing stands on and nothing of threats. Errors, the risk grid, days, text that is safe to show."""
