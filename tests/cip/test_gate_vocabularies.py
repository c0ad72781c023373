"""The words stored in the database are those of the rules."""

from cip.gate import Post, QiaStatus
from cip.models import QualityImpactAssessment, SchemeStage
from cip.models.schemes import Deliverability
from cip.money import Rating, Stage
from strategy.models import PostHolding


def test_stages_ratings_statuses_and_posts_are_the_rules_own():
    pairs = [
        (SchemeStage.Stage, Stage),
        (Deliverability.Rating, Rating),
        (QualityImpactAssessment.Status, QiaStatus),
        (PostHolding.Post, Post),
    ]
    for stored, ruled in pairs:
        assert stored.values == [word.value for word in ruled]
