"""The refusal that a write raises. Views show it with the form, with status 409."""

from django.forms import BaseForm


class Refused(Exception):
    """The message says why, and what to do next; `field` names the field at fault, if any.

    Nothing is written: a write raises it before its first change, or the transaction rolls back.
    """

    def __init__(self, message: str, field: str = ""):
        super().__init__(message)
        self.field = field

    def add_to(self, form: BaseForm) -> None:
        """Show it at its field, or above the form when the form has no such field."""
        form.add_error(self.field if self.field in form.fields else None, str(self))
