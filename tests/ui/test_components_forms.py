"""Forms: what is wrong is listed, said at the field, and joined to its box."""

import re

import pytest
from django import forms
from django.template import Context, Template

from kmpt_tracker.ui.forms import NumberText, errors_of, nhsuk_helper


class Sample(forms.Form):
    count = forms.CharField(
        label="Number", help_text="On the last day", widget=NumberText("£", "k")
    )
    mood = forms.ChoiceField(
        label="Mood",
        choices=[("a", "Good"), ("b", "Bad")],
        widget=forms.RadioSelect,
        help_text="Now",
    )
    parts = forms.MultipleChoiceField(
        label="Parts", choices=[("x", "X")], widget=forms.CheckboxSelectMultiple
    )
    group = forms.ChoiceField(label="Group", choices=[("n", "North")])
    why = forms.CharField(label="Why", widget=forms.Textarea)
    on = forms.DateField(label="On")
    paper = forms.FileField(label="Paper")
    sure = forms.BooleanField(label="Sure")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


def crispy(form, *words, **options):
    form.helper = nhsuk_helper(*words, **options)
    return Template("{% load crispy_forms_tags %}{% crispy form %}").render(Context({"form": form}))


def ids(html):
    return set(re.findall(r' id="([^"]+)"', html))


def test_every_reference_of_a_label_or_description_leads_somewhere():
    html = crispy(Sample({}))
    described = re.findall(r'aria-describedby="([^"]+)"', html)
    wanted = {name for names in described for name in names.split()}
    wanted |= set(re.findall(r'<label[^>]* for="([^"]+)"', html))
    assert {"id_count_helptext", "id_count_error", "id_mood_helptext"} <= wanted
    assert wanted <= ids(html)


def test_every_id_is_given_once():
    found = re.findall(r' id="([^"]+)"', crispy(Sample({})))
    assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("count", "nhsuk-input nhsuk-input--error nhsuk-input--width-10"),
        ("mood_0", "nhsuk-radios__input"),
        ("parts_0", "nhsuk-checkboxes__input"),
        ("group", "nhsuk-select nhsuk-select--error"),
        ("why", "nhsuk-textarea nhsuk-textarea--error"),
        ("on", "nhsuk-input nhsuk-input--width-10 nhsuk-input--error"),
        ("paper", "nhsuk-file-upload nhsuk-file-upload--error"),
        ("sure", "nhsuk-checkboxes__input"),
    ],
)
def test_each_kind_of_field_has_its_look(name, look):
    box = re.search(rf'<(?:input|select|textarea)[^>]* id="id_{name}"[^>]*>', crispy(Sample({})))
    assert box is not None
    assert f'class="{look}"' in box.group()


def test_a_group_of_choices_is_a_fieldset_with_its_question_as_legend():
    html = crispy(Sample({}))
    assert '<legend class="nhsuk-fieldset__legend">Mood</legend>' in html
    assert re.search(r'<fieldset[^>]*aria-describedby="id_mood_helptext id_mood_error"', html)


def test_what_was_typed_stays_on_the_page():
    form = Sample({"count": "twelve", "why": "<b>", "mood": "b", "parts": ["x"], "sure": "on"})
    html = crispy(form)
    assert 'value="twelve"' in html
    assert "&lt;b&gt;" in html
    assert re.search(r'id="id_mood_1"[^>]* checked', html)
    assert re.search(r'id="id_parts_0"[^>]* checked', html)
    assert re.search(r'id="id_sure"[^>]* checked|checked[^>]*id="id_sure"', html)


def test_words_stand_before_and_behind_a_number():
    html = crispy(Sample())
    assert '<div class="nhsuk-input__prefix" aria-hidden="true">£</div>' in html
    assert '<div class="nhsuk-input__suffix" aria-hidden="true">k</div>' in html
    assert 'inputmode="decimal"' in html


def test_browsers_do_not_check_and_the_form_says_how_it_is_sent():
    html = crispy(Sample(), "Save draft", "Submit", unsaved_warning=True)
    head = re.search(r"<form[^>]*>", html)
    assert head is not None
    for part in (
        "novalidate",
        'method="post"',
        'enctype="multipart/form-data"',
        "data-warn-unsaved",
    ):
        assert part in head.group()


def test_buttons_have_the_look_and_a_name_each():
    html = crispy(Sample(), "Save draft", "Submit return")
    buttons = re.findall(r'<button\s+class="([^"]+)"\s+type="submit"\s+name="([^"]+)"', html)
    assert buttons == [
        ("nhsuk-button", "save-draft"),
        ("nhsuk-button nhsuk-button--secondary", "submit-return"),
    ]
    assert "btn" not in html


def test_what_is_wrong_leads_to_the_box_in_the_order_of_the_page():
    form = Sample({})
    form.add_error(None, "Nothing was saved")
    targets = [target for target, _ in errors_of(form)]
    assert targets == [
        "",
        "id_count",
        "id_mood_0",
        "id_parts_0",
        "id_group",
        "id_why",
        "id_on",
        "id_paper",
        "id_sure",
    ]
    assert {target for target in targets if target} <= ids(crispy(form))


def test_the_summary_is_left_out_of_an_untouched_form():
    source = "{% load nhsuk %}{% form_error_summary form %}"
    assert Template(source).render(Context({"form": Sample()})).strip() == ""
    html = Template(source).render(Context({"form": Sample({})}))
    assert 'role="alert"' in html
    assert 'href="#id_mood_0"' in html


def test_hidden_fields_stay_hidden():
    html = crispy(Sample())
    assert '<input type="hidden" name="version" id="id_version">' in html
    assert 'for="id_version"' not in html
