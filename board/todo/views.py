"""The to-do page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from board.todo.page import todo_page


@require_safe
def todo(request: SignedInRequest) -> HttpResponse:
    """What waits for the person who is signed in; everybody sees their own."""
    page = todo_page(request.user, request.access, now=timezone.now())
    return render(request, "board/todo.html", {"page": page, "to_do": len(page.items)})
