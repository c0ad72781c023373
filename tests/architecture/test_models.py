"""Rules for every model: which models it refers to, how it is named, which rows it refuses."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from accounts.models import User
from strategy.models import CareGroup, Plan, SourceDocument
from tests.architecture.bad_rows import BAD_ROWS, Parent
from tests.factories.rows import OURS, another_value, new, our_models, row

MODELS = our_models()
CHECKS = [
    (model, constraint)
    for model in MODELS
    for constraint in model._meta.constraints
    if isinstance(constraint, models.CheckConstraint)
]
UNIQUE = [
    (model, constraint)
    for model in MODELS
    for constraint in model._meta.constraints
    if isinstance(constraint, models.UniqueConstraint)
]
# Pages show these by title, and their code is in their natural key. People may share names.
NAMED_BY_TITLE = {User, CareGroup, Plan, SourceDocument}


def label(item) -> str | None:
    if hasattr(item, "_meta"):
        return item._meta.label
    return getattr(item, "name", None)


def with_parents(bad: dict) -> dict:
    """The row's values, with its parents made; the same name gives the same row."""
    made = {
        value: row(apps.get_model(value.model))
        for value in set(bad.values())
        if isinstance(value, Parent)
    }
    return {name: made.get(value, value) for name, value in bad.items()}


def test_a_row_points_only_to_rooms_below_its_own():
    for model in our_models(with_history=True):
        own = OURS.index(model._meta.app_label)
        for column in model._meta.get_fields():
            forward = column.is_relation and not column.auto_created
            if forward and column.related_model._meta.app_label in OURS:
                assert OURS.index(column.related_model._meta.app_label) <= own, column


def test_no_model_orders_its_rows_behind_our_back():
    assert [model for model in MODELS if model._meta.ordering] == []


def test_a_model_says_in_words_what_it_is():
    dumb = [m for m in MODELS if not m.__doc__ or m.__doc__.startswith(f"{m.__name__}(")]
    assert dumb == []


def _key_fields(model) -> set[str]:
    """What identifies its rows: unique fields, and unique constraints over several."""
    single = [
        c.name for c in model._meta.concrete_fields if c.unique and not c.primary_key and not c.null
    ]
    if single:
        return {single[-1]}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None:
            return set(constraint.fields)
    return set()


@pytest.mark.django_db
@pytest.mark.parametrize("model", [m for m in MODELS if m not in NAMED_BY_TITLE], ids=label)
def test_a_row_is_called_by_everything_that_tells_it_apart(model):
    first = new(model)
    assert str(first).strip()
    assert type(first).__str__ is not models.Model.__str__
    for name in _key_fields(model):
        column = model._meta.get_field(name)
        same = {
            c.name: getattr(first, c.name) for c in model._meta.concrete_fields if not c.primary_key
        }
        other = model(**{**same, name: another_value(column, getattr(first, name))})
        assert str(other) != str(first), f"{name} is missing in {first}"


def test_a_constraint_has_a_sentence_of_its_own():
    for _, constraint in CHECKS + UNIQUE:
        said = str(constraint.violation_error_message)
        assert said != str(constraint.default_violation_error_message), constraint
        assert said.endswith("."), constraint


def test_every_check_is_proved_by_bad_rows_and_no_proof_is_left_over():
    assert sorted(BAD_ROWS) == sorted(constraint.name for _, constraint in CHECKS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "constraint", "bad"),
    [(model, check, bad) for model, check in CHECKS for bad in BAD_ROWS.get(check.name, ())],
    ids=label,
)
def test_a_bad_row_is_refused_with_its_message(model, constraint, bad):
    new(model).validate_constraints()
    instance = new(model, **with_parents(bad))
    with pytest.raises(ValidationError) as refused:
        instance.validate_constraints()
    assert refused.value.messages == [constraint.violation_error_message]
    with pytest.raises(IntegrityError, match=constraint.name), transaction.atomic():
        instance.save(force_insert=True)


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "constraint"), UNIQUE, ids=label)
def test_a_row_that_is_there_already_is_refused_with_its_message(model, constraint):
    conditioned = dict(constraint.condition.children) if constraint.condition is not None else {}
    first = row(model, **conditioned)
    same = {name: getattr(first, name) for name in constraint.fields}
    instance = new(model, **{**same, **conditioned})
    with pytest.raises(ValidationError) as refused:
        instance.validate_constraints()
    assert constraint.violation_error_message in refused.value.messages
    with pytest.raises(IntegrityError), transaction.atomic():
        instance.save(force_insert=True)
