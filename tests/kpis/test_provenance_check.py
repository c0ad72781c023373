"""Rows that do not give their place in the source are findings of their own kind."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from kpis.assessments.integrity import findings
from kpis.models import Actual, Target
from strategy.models import Plan, Risk
from strategy.models.provenance import Provenance
from tests.factories.measures import MeasureFactory, TargetFactory
from tests.factories.paper import paper
from tests.factories.rows import row

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def found() -> list[str]:
    return [finding.what for finding in findings() if finding.kind == "no provenance"]


def test_a_plan_whose_rows_all_say_where_they_stand_has_no_such_finding():
    paper(1)
    assert found() == []


@pytest.mark.parametrize(
    "model", [m for m in apps.get_models() if issubclass(m, Provenance)], ids=lambda m: m.__name__
)
def test_any_row_without_document_or_section_is_found(model):
    plan = {"plan": row(Plan)} if model is Target else {}
    instance = row(model, **plan)
    mine = [what for what in found() if what.startswith(f"{model._meta.verbose_name} ")]
    assert f"{model._meta.verbose_name} {instance}: no source document" in mine


def test_a_row_with_a_document_and_no_place_in_it_is_found():
    paper(1)
    Risk.objects.update(source_section="")
    assert found() == [f"risk {Risk.objects.get()}: no section"]


def test_a_target_that_no_plan_printed_needs_no_document():
    TargetFactory(measure=MeasureFactory(), plan=None)
    assert found() == []


def test_mission_vision_and_values_have_their_sections():
    plan = paper(1, mission="We deliver", vision="To provide", vision_section="Page 1")
    assert found() == [f"mission of {plan}: no section"]


def test_a_published_figure_without_document_is_found_and_the_command_fails(capsys):
    actual = row(Actual, origin="published", value=1)
    assert found() == [f"actual {actual}: no source document"]
    with pytest.raises(CommandError):
        call_command("check_data")
    assert "no provenance: actual" in capsys.readouterr().out
