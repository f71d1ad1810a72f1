"""Base: what every wing stands on and nothing of threats. Errors, enums, the risk grid, days, text safe to show."""
