"""Error pages that say what went wrong and what to do next, without a traceback.

A program gets the same words as problem details in JSON (kmpt_tracker/ui/problems.py).
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.permissions import NotAllowed
from kmpt_tracker.ui.problems import is_program, problem

SECTIONS = (
    ("All plans", "/plans/"),
    ("All measures", "/measures/"),
    ("Monthly returns", "/returns/"),
    ("Savings programmes", "/cip/"),
    ("All datasets", "/exports/"),
)
FALLBACK_500 = (
    "<!doctype html><html lang=en><title>Something went wrong</title>"
    "<h1>Something went wrong</h1><p>Nothing you typed was lost on purpose: go back and try "
    "again. If it happens again, tell the performance team what you were doing.</p>"
)

NOT_FROM_HERE = (
    "Nothing was saved: what was sent did not come from a page that is open here. Load the page "
    "again and send the form from there; your browser must accept cookies from the tracker."
)


NOT_READ = "The request cannot be read."
NOT_FOUND = "There is nothing at this address."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_program(request):
        name = getattr(exception, "name", None)
        at_fault = {} if name is None else {"parameter": name}
        return problem(400, _words(exception) or NOT_READ, **at_fault)
    return render(request, "400.html", {"explanation": _words(exception)}, status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    explanation = exception.explanation if isinstance(exception, NotAllowed) else ""
    if is_program(request):
        return problem(403, explanation or "You may not read this.")
    return render(request, "403.html", {"explanation": explanation}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: sent from another site, or by a browser without cookies."""
    return render(request, "403.html", {"explanation": NOT_FROM_HERE}, status=403)


def method_not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    response: HttpResponse
    if is_program(request):
        response = problem(405, f"This address answers {allowed}, and nothing else.")
    else:
        response = render(request, "405.html", {"allowed": allowed}, status=405)
    response.headers["Allow"] = allowed
    return response


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_program(request):
        return problem(404, _words(exception) or NOT_FOUND)
    # Links to offer: the list that the missing page would be in, and the home page.
    path = request.path
    found = [(words, url) for words, url in SECTIONS if path.startswith(url) and path != url]
    suggestions = [*found, ("Strategy on a page", "/")]
    context = {"explanation": _words(exception), "suggestions": suggestions}
    return render(request, "404.html", context, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_program(request):
        return problem(500, "Something went wrong here; it is in the log. Try again later.")
    try:
        return render(request, "500.html", status=500)
    except Exception:  # the page itself cannot be rendered, for instance without a database
        return HttpResponse(FALLBACK_500, status=500)


def _words(exception: Exception) -> str:
    """The message of an exception of ours, a sentence; Django's own are technical, and hidden."""
    message = exception.args[0] if exception.args else ""
    return message if isinstance(message, str) and message.endswith((".", "?")) else ""
