from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from accounts.people import views as people
from accounts.sign_in.views import SignInView
from accounts.tokens.views import tokens

app_name = "accounts"
urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<int:person>/", people.person, name="person"),
    path("invitation/<str:invitation>/", people.invitation, name="invitation"),
    path("tokens/", tokens, name="tokens"),
    path("password/", people.password, name="password"),
    path(
        "sign-in/",
        require_http_methods(["GET", "HEAD", "POST"])(SignInView.as_view()),
        name="sign-in",
    ),
    # Without a permission check: from a page left open too long, signing out must still work.
    path(
        "sign-out/",
        login_not_required(require_POST(views.LogoutView.as_view())),
        name="sign-out",
    ),
]
