"""The words stored with measures and actuals are those of the rules."""

from kpis.judging.kitemark import Assurance
from kpis.models import Actual, Measure
from kpis.rag import MilestoneStatus
from kpis.rollup import Origin, OverTime, RollUp


def test_stored_words_are_the_rules_own():
    pairs = [
        (Measure.RollUp, RollUp),
        (Measure.OverTime, OverTime),
        (Measure.Assurance, Assurance),
        (Actual.Origin, Origin),
        (Actual.MilestoneStatus, MilestoneStatus),
    ]
    for stored, ruled in pairs:
        assert [member.value for member in stored] == [word.value for word in ruled]
