"""Notes name rows of any kind in one way, and are also shown at rows that represent others."""

import pytest

from strategy.models import NoteLink
from strategy.notes import NotesOnce, key_text, noted_models, notes_on, touched
from tests.documents import DOCS
from tests.factories.measures import MeasureFactory, TargetFactory
from tests.factories.paper import noted
from tests.factories.plans import OutcomeFactory
from tests.factories.rows import our_models, row

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
KINDS = noted_models()


def test_no_two_models_are_noted_under_one_name():
    names = [model.noted_as for model in our_models() if hasattr(model, "noted_as")]
    assert sorted(names) == sorted(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_row_is_named_by_its_kind_and_natural_key_and_finds_its_note(kind):
    instance = row(KINDS[kind])
    assert touched(instance) == (kind, key_text(instance.natural_key()))
    note = noted(instance)
    assert notes_on([instance]).at(instance) == (note,)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_is_documented_for_those_who_transcribe(kind):
    text = (DOCS / "fixtures.md").read_text()
    assert f"`{kind}`" in text or f"`{kind}:" in text


def test_a_promise_shows_the_notes_of_its_measure_too_and_each_once():
    target = TargetFactory(measure=MeasureFactory())
    of_measure, of_target = noted(target.measure), noted(target)
    NoteLink.objects.create(note=of_measure, object_type="target", object_key=target.code)
    found = notes_on([target]).at(target)
    assert sorted(note.pk for note in found) == sorted({of_measure.pk, of_target.pk})


def test_a_note_of_another_row_does_not_show():
    one, other = OutcomeFactory(), OutcomeFactory()
    noted(one)
    assert notes_on([one, other]).at(other) == ()
    assert notes_on([]).all == ()


def test_in_a_list_a_note_is_told_in_full_once():
    one, other = OutcomeFactory(), OutcomeFactory()
    note = noted(one)
    NoteLink.objects.create(
        note=note, object_type="outcome", object_key=key_text(other.natural_key())
    )
    listed = NotesOnce(notes_on([one, other]))
    assert listed.divide(listed.notes.at(one)) == ([note], [])
    assert listed.divide(listed.notes.at(other)) == ([], [note])


def test_a_note_on_every_row_of_a_list_is_told_over_it_and_not_in_it():
    one, other = OutcomeFactory(), OutcomeFactory()
    shared, own = noted(one), noted(one)
    NoteLink.objects.create(
        note=shared, object_type="outcome", object_key=key_text(other.natural_key())
    )
    assert notes_on([one, other]).on_all([one, other]) == (shared,)
    assert notes_on([one, other]).at(one) in [(own, shared), (shared, own)]


def test_one_row_is_no_list_to_tell_its_notes_over():
    one = OutcomeFactory()
    note = noted(one)
    assert notes_on([one]).on_all([one]) == ()
    assert notes_on([one]).once.divide([note]) == ([note], [])
