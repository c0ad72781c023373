"""Copies hold every column from here on (accounts/record/filled.py fills in what they lack)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_moments_are_written_once")]

    operations: list = []
