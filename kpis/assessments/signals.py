"""Signals to higher apps: `cip` listens for guard measures, `board` for its attention list."""

from django.dispatch import Signal

# Sent after commit of a recompute: series_ids, at.
assessment_changed = Signal()
