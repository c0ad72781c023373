"""What is typed into the pages' forms, read and checked; what may be typed is in docs/input.md."""
