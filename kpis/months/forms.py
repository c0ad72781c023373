"""The form of a month's clock: four moments, each a day and a time in London."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, cast

from crispy_forms.layout import Div, Layout
from django import forms
from django.http import QueryDict

from kmpt_tracker.ui.fields import Reason, TypedDate, TypedTime
from kmpt_tracker.ui.formats import format_date
from kmpt_tracker.ui.forms import nhsuk_helper
from kpis.models import ReportingPeriod
from kpis.months.change import MOMENTS
from strategy.moments import LONDON


class ClockForm(forms.Form):
    """When a month's entry opens and closes, and its sign-off and freeze."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, period: ReportingPeriod) -> None:
        initial: dict[str, Any] = {"version": period.version}
        for name in MOMENTS:
            local = getattr(period, name).astimezone(LONDON)
            initial[f"{name}_day"] = format_date(local.date())
            initial[name] = f"{local:%H:%M}"
        super().__init__(data, initial=initial)
        for name, words in MOMENTS.items():
            lowered = words[0].lower() + words[1:]
            self.fields[f"{name}_day"] = TypedDate(
                label=f"{words}: day", asks=f"the day of {lowered}"
            )
            self.fields[name] = TypedTime(label=f"{words}: time")
        self.fields["reason"] = Reason(label="Reason", asks="why the clock changes")
        self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
        self.helper = nhsuk_helper("Save the clock")
        pairs = (Div(f"{name}_day", name, css_class="kt-pair") for name in MOMENTS)
        self.helper.layout = Layout(*pairs, "reason", "version")

    def clean(self) -> dict[str, Any]:
        read = super().clean() or {}
        for name, words in MOMENTS.items():
            day, at = read.get(f"{name}_day"), read.get(name)
            if day is not None and at is not None and not _is_shown(day, at):
                self.add_error(name, f"{words}: clocks go forward over that time on that day")
        return read

    def clock(self) -> dict[str, datetime]:
        """The moments as typed. For an hour that repeats in October, the later one."""
        read = self.cleaned_data
        return {name: _moment(read[f"{name}_day"], read[name]) for name in MOMENTS}

    def on_top_of(self, version: int) -> "ClockForm":
        """The same boxes, to be saved over a newer version."""
        self.data = cast(Any, {**cast(QueryDict, self.data).dict(), "version": str(version)})
        return self


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LONDON).replace(fold=1)


def _is_shown(day: date, at: time) -> bool:
    """Whether clocks in London show that time on that day."""
    moment = _moment(day, at)
    return moment.astimezone(UTC).astimezone(LONDON).time() == at
