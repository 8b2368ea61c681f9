"""Builds, runs and reports the measurements. Nothing but Python's own library."""
