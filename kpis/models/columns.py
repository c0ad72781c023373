"""Column types shared by the models: exact decimals and vocabularies."""

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.expressions import Combinable

MAX_DIGITS = 15


def fifteen_digits(value: Decimal) -> None:
    """Values have at most 15 significant digits, which both databases keep exactly."""
    if len(value.normalize().as_tuple().digits) > MAX_DIGITS:
        raise ValidationError("must have 15 digits or fewer")


class MeasureDecimal(models.DecimalField):
    """A measured value, a target or a sum of money: 6 decimals, 15 significant digits."""

    # The type of a row's attribute for the type checker; the column may be null unless stated.
    _pyi_private_set_type: str | float | Decimal | Combinable | None  # type: ignore[assignment]
    _pyi_private_get_type: Decimal | None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 6)
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """With what Django leaves out as usual, where usual is another here: a migration would make
        a column that must be filled one that may be empty.
        """
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "null": self.null, "blank": self.blank}

    @property
    def validators(self) -> list[Any]:
        return [*super().validators, fifteen_digits]


class ExactDecimal(models.TextField):
    """A number as it was judged, with every digit: 94.9999999999999999999999999 is not 95.

    Kept as text, because SQLite keeps only 15 digits of a number. Never sort or add it up in the
    database.
    """

    _pyi_private_set_type: Decimal | Combinable | None  # type: ignore[assignment]
    _pyi_private_get_type: Decimal | None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        """Text that was written outside the tracker and is not a number is read as None.

        The integrity report then finds that it differs from what is calculated.
        """
        try:
            number = Decimal(value) if value is not None else None
        except InvalidOperation:
            return None
        return number if number is None or number.is_finite() else None

    def to_python(self, value: Any) -> Decimal | None:
        return None if value in (None, "") else Decimal(str(value))

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str(value)


def choices(vocabulary: type[StrEnum]) -> list[tuple[str, str]]:
    """A vocabulary's codes with plain words made from them ("lower_is_better")."""
    return [(member.value, member.value.replace("_", " ").capitalize()) for member in vocabulary]


TextWithdrawn = partial(models.BooleanField, default=False, db_default=False, editable=False)


def known(
    name: str, field: str, vocabulary: type[StrEnum], *, blank: bool = False
) -> models.CheckConstraint:
    """A constraint: the column holds one of the vocabulary's codes."""
    codes = sorted(member.value for member in vocabulary)
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{field}__in": [*codes, ""] if blank else codes}),
        violation_error_message=f"{field.replace('_', ' ').capitalize()} must be one of: "
        + ", ".join(codes)
        + ".",
    )
