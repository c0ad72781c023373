"""Writes, with their audit row inside, and the calculation of stored assessments."""
