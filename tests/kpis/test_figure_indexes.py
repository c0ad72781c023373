"""Tables with a row for each figure keep no index that another one begins with."""

import pytest
from django.db import connection

from kpis.models import Actual, Assessment, Decision, Judgement, Series
from strategy.exports.keys import OneOf
from tests.factories.measures import SeriesFactory

pytestmark = pytest.mark.django_db


def indexes(table: str) -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return {name: one["columns"] for name, one in found.items() if one["index"] or one["unique"]}


@pytest.mark.parametrize("model", [Actual, Assessment, Judgement, Decision])
def test_no_index_is_the_beginning_of_another(model):
    found = indexes(model._meta.db_table)
    # These hold few rows of the table.
    partial = {"actual_corrections", "judgement_one_primary"}
    assert partial & found.keys() or model in (Assessment, Decision)
    whole = {name: columns for name, columns in found.items() if name not in partial}
    for name, columns in whole.items():
        longer = [other for key, other in whole.items() if key != name and other]
        assert not [one for one in longer if one[: len(columns)] == columns], name


@pytest.mark.parametrize("count", [0, 1, 40_000])
def test_one_of_any_number_of_keys(count):
    keys = [SeriesFactory().pk for _ in range(3)]
    asked = [*keys[:2], *range(10**9, 10**9 + count)][: count + 1 if count else 0]
    found = Series.objects.filter(OneOf("pk", asked)).order_by("pk")
    assert [row.pk for row in found] == (keys[:2] if count else [])
    left = Series.objects.filter(~OneOf("pk", asked), pk__in=keys)
    assert left.count() == 3 - found.count()
