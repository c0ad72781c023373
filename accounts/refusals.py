"""What a write answers when it cannot be done. Views show it beside the form, with status 409."""

from django.forms import BaseForm


class Refused(Exception):
    """The message says why and what to do next; `field` names the box that was wrong, if one was.

    Nothing was written: a write raises it before its first change, or its transaction rolls back.
    """

    def __init__(self, message: str, field: str = ""):
        super().__init__(message)
        self.field = field

    def add_to(self, form: BaseForm) -> None:
        """Show it at its field; above the form when the form has no such field."""
        form.add_error(self.field if self.field in form.fields else None, str(self))
