"""Who leads a care group, covers for its lead, and holds a post, from a day to a last day."""

from datetime import date

import pytest

from accounts.models import AuditEvent
from accounts.roles import Role
from kpis.models import NamedMeasure, Series
from strategy.models import Committee, Membership, PostHolding
from tests.factories.measures import MeasureFactory
from tests.factories.people import access, person

pytestmark = pytest.mark.django_db
POST = PostHolding.Post.MEDICAL_DIRECTOR.value


@pytest.fixture
def administrator(client):
    someone = person(Role.ADMINISTRATOR)
    client.force_login(someone)
    return someone


def test_a_lead_is_appointed_from_a_day_and_ends_on_a_last_day(scene, client, administrator):
    lena = person(Role.CARE_GROUP_LEAD, first_name="Lena", last_name="Lead")
    page = f"/organisation/care-groups/{scene.older.code}/leads/"
    typed = {"user": str(lena.pk), "kind": "delegate", "starts_on": "1/4/2020"}
    assert client.post(page, typed).status_code == 302
    row = Membership.objects.get(user=lena)
    assert access(lena).care_groups == {scene.older.pk}
    assert client.post(page, typed).status_code == 409
    backwards = {"do": "end", "row": str(row.pk), "ends_on": "31/3/2020"}
    assert client.post(page, backwards).status_code == 409
    last = {**backwards, "ends_on": "30/4/2020"}
    assert client.post(page, last).status_code == 302
    row.refresh_from_db()
    assert row.ends_on == date(2020, 5, 1)
    assert access(lena).care_groups == frozenset()
    shown = client.get(page).content.decode()
    assert "1 Apr 2020 to 30 Apr 2020" in shown
    done = AuditEvent.objects.filter(by=administrator).order_by("pk")
    assert list(done.values_list("action", flat=True)) == ["appointed", "ended"]


def test_the_row_of_another_group_is_not_ended_here(scene, client, administrator):
    row = Membership.objects.get(care_group=scene.acute)
    page = f"/organisation/care-groups/{scene.older.code}/leads/"
    sent = {"do": "end", "row": str(row.pk), "ends_on": "30/4/2020"}
    assert client.post(page, sent).status_code == 404
    row.refresh_from_db()
    assert row.ends_on is None


def test_of_the_trusts_return_a_lead_enters_the_measures_that_are_named(
    scene, client, administrator
):
    lena, measure = person(Role.CARE_GROUP_LEAD), MeasureFactory()
    Series.objects.create(measure=measure, care_group=scene.trust.care_group)
    page = f"/organisation/care-groups/{scene.trust.care_group.code}/leads/"
    typed = {
        "user": str(lena.pk),
        "kind": "lead",
        "starts_on": "1/4/2020",
        "measures": [str(measure.pk)],
    }
    assert client.post(page, typed).status_code == 302
    assert NamedMeasure.objects.get(membership__user=lena).measure == measure


def test_one_person_holds_a_post_and_nobody_appoints_themselves(scene, client, administrator):
    mira, nora = (person(Role.QIA_SIGNATORY) for _ in range(2))
    typed = {"post": POST, "user": str(mira.pk), "starts_on": "1/4/2026"}
    own = {**typed, "user": str(administrator.pk)}
    assert client.post("/organisation/posts/", own).status_code == 200
    assert not PostHolding.objects.exists()
    assert client.post("/organisation/posts/", typed).status_code == 302
    after = {**typed, "user": str(nora.pk), "starts_on": "1/10/2026"}
    answer = client.post("/organisation/posts/", after)
    assert answer.status_code == 409
    assert "holds this post from 1 Apr 2026" in answer.content.decode()
    last = {"do": "end", "row": str(PostHolding.objects.get().pk), "ends_on": "30/9/2026"}
    assert client.post("/organisation/posts/", last).status_code == 302
    assert client.post("/organisation/posts/", after).status_code == 302
    assert PostHolding.objects.filter(post=POST).count() == 2


def test_a_committee_is_named_once(scene, client, administrator):
    typed = {"name": "Quality Committee", "code": "quality"}
    assert client.post("/organisation/committees/", typed).status_code == 302
    assert client.post("/organisation/committees/", {**typed, "code": "q"}).status_code == 409
    assert Committee.objects.count() == 1
