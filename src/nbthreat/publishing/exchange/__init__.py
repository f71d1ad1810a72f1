"""Exchange: what goes from one team to another. The gate of a build, and the handover to who builds on."""
