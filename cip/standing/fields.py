"""Form fields of savings: amounts in £000, choices with words, months, scores."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from kmpt_tracker.ui.fields import TypedNumber
from kmpt_tracker.ui.forms import LongList
from kmpt_tracker.ui.typed import NumberRules, check_text, parse_month_text
from strategy.periods import Month

LIKELIHOODS = ("1 Rare", "2 Unlikely", "3 Possible", "4 Likely", "5 Almost certain")
CONSEQUENCES = ("1 Negligible", "2 Minor", "3 Moderate", "4 Major", "5 Severe")


class Thousands(TypedNumber):
    """Thousands of pounds, to the pound."""

    def __init__(self, *, asks: str = "", lowest: Decimal | None = None, **options: Any):
        self.asks, self.lowest = asks, lowest
        super().__init__(unit="pounds_thousand", **options)

    def rules(self) -> NumberRules:
        return replace(super().rules(), decimals=3, minimum=self.lowest, example="20.5")

    def clean(self, value: Any) -> Decimal | None:
        found = super().clean(value)
        if found is None and self.asks:
            raise forms.ValidationError(f"Enter {self.asks}")
        return found


class Words(forms.CharField):
    """Text of a length that a person would type; kept as typed."""

    def __init__(self, *, asks: str = "", limit: int = 2000, rows: int = 0, **options: Any):
        self.asks, self.limit = asks, limit
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
        super().__init__(required=False, strip=True, widget=widget, **options)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "")
        if self.asks and not text:
            raise forms.ValidationError(f"Enter {self.asks}")
        if problem := check_text(text, self.limit, name=str(self.label)):
            raise forms.ValidationError(problem)
        return text


class Choice(forms.ChoiceField):
    """One of a list; `asks` completes “Choose …” where it is required."""

    def __init__(self, *, asks: str = "", **options: Any):
        words = f"Choose {asks}" if asks else "Choose one of the list"
        super().__init__(
            required=bool(asks),
            error_messages={"required": words, "invalid_choice": words},
            **options,
        )


class YesNo(Choice):
    """Yes or no, neither chosen from the start."""

    def __init__(self, **options: Any):
        super().__init__(
            choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect, **options
        )

    def clean(self, value: Any) -> Any:
        return super().clean(value) == "yes"

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


class ScoreChoice(Choice):
    """Likelihood or consequence, 1 to 5, with its word; empty: not scored yet."""

    def __init__(self, words: Iterable[str], **options: Any):
        choices = [("", "Not scored"), *((text[0], text) for text in words)]
        super().__init__(choices=choices, **options)

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return int(found) if found else None


class LinkedRows(forms.MultipleChoiceField):
    """Rows chosen from a list with a search: a mapping of keys to rows and their words, held rows
    first. Cleans to the rows chosen."""

    def __init__(self, *, kind: str, **options: Any):
        super().__init__(
            required=False,
            widget=LongList,
            error_messages={"invalid_choice": f"Choose {kind} from the list"},
            **options,
        )
        self.rows: Mapping[str, Any] = {}

    def offer(self, rows: Mapping[str, tuple[Any, str]], held: Iterable[str]) -> None:
        """Offer the rows, keyed as the form sends them; `held` are ticked to begin with."""
        first = [key for key in held if key in rows]
        self.rows = {key: row for key, (row, _) in rows.items()}
        order = [*first, *(key for key in rows if key not in set(first))]
        self.choices = [(key, rows[key][1]) for key in order]
        self.initial = first

    def clean(self, value: Any) -> tuple[Any, ...]:
        return tuple(self.rows[key] for key in super().clean(value))


class MonthField(forms.CharField):
    """A month, written in any of the ways that imports read; kept as its first day."""

    def __init__(self, **options: Any):
        widget = forms.TextInput(attrs={"class": "nhsuk-input--width-10", "autocomplete": "off"})
        super().__init__(required=False, strip=True, widget=widget, **options)

    def clean(self, value: Any) -> date | None:
        text = str(super().clean(value) or "")
        if not text:
            return None
        found = parse_month_text(text)
        if found.value is None:
            raise forms.ValidationError(found.error or f"{self.label} must be a month")
        return Month.of(found.value).start

    def prepare_value(self, value: Any) -> Any:
        return Month.of(value).label if isinstance(value, date) else value
