"""The one settings file: development needs no environment variables, production its secrets.

docs/environment.md lists the variables and what happens when one is wrong.
"""

from pathlib import Path
from typing import Any

from kmpt_tracker import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

# --- Who may reach it -----------------------------------------------------------------------

# Off unless a person starts it by hand: manage.py, `make run` and pytest switch it on.
DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret_key(debug=DEBUG, folder=VAR_DIR)
# Off only to try a production set-up on one machine without a certificate.
HTTPS = env.boolean("HTTPS", default=not DEBUG)
ALLOWED_HOSTS = env.hosts(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else []
)
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
# What everyone may read, and how counts of people are shown there (docs/public.md).
PUBLIC_DASHBOARD = env.boolean("PUBLIC_DASHBOARD", default=False)
PUBLIC_SUPPRESS_UP_TO = env.whole("PUBLIC_SUPPRESS_UP_TO", default=7, least=1, most=100)
PUBLIC_ROUND_TO = env.whole("PUBLIC_ROUND_TO", default=5, least=1, most=100)

# --- The application ------------------------------------------------------------------------

INSTALLED_APPS = [
    "whitenoise.runserver_nostatic",
    "accounts.apps.AccountsConfig",
    "accounts.apps.TrackerAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",  # its templates, for FORM_RENDERER
    "crispy_forms",
    "simple_history",
    "axes",
    "kmpt_tracker.ui",
    "strategy",
    "kpis",
    "cip",
    "board",
]
MIDDLEWARE = [
    "kmpt_tracker.middleware.RequestIdMiddleware",
    "kmpt_tracker.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kmpt_tracker.middleware.CompressedPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kmpt_tracker.sessions.SessionLimitsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "strategy.middleware.AccessMiddleware",
    "kpis.asked.stamps.SettledMiddleware",
    "kpis.asked.take_along.TakeAlongMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "kmpt_tracker.middleware.OwnErrorPagesMiddleware",
]
ROOT_URLCONF = "kmpt_tracker.urls"
WSGI_APPLICATION = "kmpt_tracker.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kmpt_tracker.ui.context.navigation",
                "board.todo.menu.to_do_count",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["nhsuk"]
CRISPY_TEMPLATE_PACK = "nhsuk"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a whole month's return is one form

# --- Time and language ----------------------------------------------------------------------

# Stored in UTC, shown and typed in the trust's own time.
USE_TZ = True
TIME_ZONE = TRUST_TIMEZONE = env.time_zone("TRUST_TIMEZONE", default="Europe/London")
LANGUAGE_CODE = "en-gb"
USE_I18N = False

# --- The database (docs/adr/0003-sqlite-settings.md) ----------------------------------------

# IMMEDIATE makes read-then-write transactions wait for each other instead of failing. NORMAL may
# lose the last commits in a power cut (never when a process dies), so only for development.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;"
        f"PRAGMA synchronous={'NORMAL' if DEBUG else 'FULL'};"
        "PRAGMA mmap_size=134217728;"
        "PRAGMA journal_size_limit=67108864;"
        "PRAGMA cache_size=-20000;"
    ),
}
_database: dict[str, Any] = env.database("DATABASE_URL") or {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": str(VAR_DIR / "tracker.sqlite3"),
}
_database.update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True, ATOMIC_REQUESTS=False)
_is_sqlite = _database["ENGINE"] == "django.db.backends.sqlite3"
# Django's own, which copy each row that they write (docs/adr/0013).
_database["ENGINE"] = f"accounts.record.{'sqlite3' if _is_sqlite else 'postgresql'}"
if _is_sqlite:
    if _database["NAME"] != ":memory:":
        env.folder_of(Path(_database["NAME"]))
    _database["OPTIONS"] = SQLITE_OPTIONS
else:
    _database["OPTIONS"] = {"connect_timeout": 5, **_database.get("OPTIONS", {})}
    # So that two test runs on one server do not use the same database.
    _database["TEST"] = {"NAME": env.text("TEST_DATABASE_NAME") or None}
DATABASES = {"default": _database}

# Rendered parts of pages, under a stamp of the data they show, so that none is ever out of date.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
    # The API's answers, some 30 kB each.
    "answers": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "answers",
        "OPTIONS": {"MAX_ENTRIES": 200},
    },
    # How often each token was used in this minute (accounts/tokens/limits.py).
    "calls": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "calls",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

# Drawn pages are kept until something is written (kpis/asked/kept.py).
KEEPS_PAGES = True

# --- Signing in -----------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign-in"
LOGOUT_REDIRECT_URL = LOGIN_URL
AUTHENTICATION_BACKENDS = [
    # First, so that it can refuse a try before the password is checked.
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
_validators = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_validators}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_validators}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_validators}.CommonPasswordValidator"},
]
# At most ten guesses in five minutes for one name and fifty from one address, then closed for a
# quarter of an hour: accounts/sign_in/guard.py counts, the library records.
AXES_HANDLER = "accounts.sign_in.guard.SignInGuard"
AXES_CLIENT_IP_CALLABLE = "accounts.sign_in.guard.address_of"
AXES_LOCKOUT_CALLABLE = "accounts.sign_in.guard.too_many_tries"
AXES_LOCK_OUT_AT_FAILURE = False
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # accounts/admin.py shows its rows, read-only

# Our own proxies, trusted to say where a request came from, as in gunicorn.
TRUSTED_PROXIES = [
    address.strip() for address in env.text("FORWARDED_ALLOW_IPS", "").split(",") if address.strip()
]

# A warehouse loads a million rows in a thousand calls: in less than four minutes.
CALLS_A_MINUTE = env.whole("CALLS_A_MINUTE", default=300, least=1, most=100_000)

SESSION_IDLE_MINUTES = env.whole(
    "SESSION_IDLE_MINUTES", default=12 * 60 if DEBUG else 15, least=1, most=12 * 60
)
SESSION_ABSOLUTE_HOURS = env.whole("SESSION_ABSOLUTE_HOURS", default=12, least=1, most=12)
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_HOURS * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "kmpt_tracker.errors.csrf_failure"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
# Whose pages this browser shows, so that what was typed on them is returned to nobody else.
TYPIST_COOKIE_NAME = "__Host-typist" if HTTPS else "typist"

# --- Headers (kmpt_tracker/middleware.py sends them) ----------------------------------------

# No inline script or style exists in any page, so there is no nonce to manage.
SECURE_CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
# Health checks come from inside the network, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SILENCED_SYSTEM_CHECKS = [
    # Preloading applies to every name under the trust's domain, so the domain's owner must decide.
    "security.W021",
    # The library locks nobody out here: our own handler counts by name and address.
    "axes.W006",
]
X_FRAME_OPTIONS = "DENY"

# --- Static files: served from where they lie, nothing to collect ----------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = env.boolean("STATIC_AUTOREFRESH", default=False)
WHITENOISE_MAX_AGE = 0 if DEBUG else 300
WHITENOISE_ALLOW_ALL_ORIGINS = False
# A vendored file's address carries its version: it never changes.
WHITENOISE_IMMUTABLE_FILE_TEST = r"/vendor/[^/]+/[0-9][^/]*/"

# --- The API (board/api/) ---------------------------------------------------------------------

# Neither library is an installed app: they bring no table, and pages of theirs are not used.
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "URL_FORMAT_OVERRIDE": None,  # ?format= is a parameter that the API refuses by name
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Strategy and KPI tracker: datasets",
    "DESCRIPTION": "Read-only. The same rows as the files at /exports/, a page at a time.",
    "VERSION": "1",
    "POSTPROCESSING_HOOKS": [],
}

# --- Background work (docs/adr/0004-stale-series-not-a-job-table.md) -------------------------

REDIS_URL = env.redis_url("REDIS_URL")  # empty: tasks run in process
if REDIS_URL:
    CACHES["calls"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "tracker",
        "OPTIONS": {"socket_connect_timeout": 0.2, "socket_timeout": 0.5},
    }
# Tests run tasks at once, on commit.
TASKS_INLINE = env.boolean("TASKS_INLINE", default=False)
SWEEP_SECONDS = 30
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
# A task whose worker dies is delivered again: every task may safely run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# One at a time, so that no task waits behind a slow one in the same worker.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Keep a traceback on standard error whole, instead of one log line per word.
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A save must not wait long for a missing broker; a worker may wait longer (celery.py).
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 0.5, "socket_timeout": 1.0}
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
# In memory: a schedule of every few seconds needs no file of last runs.
CELERY_BEAT_SCHEDULER = "celery.beat.Scheduler"
MAIL_SECONDS = 60
CELERY_BEAT_SCHEDULE = {
    name: {
        "task": task,
        "schedule": seconds,
        # Otherwise old ticks pile up while no worker runs.
        "options": {"expires": seconds - 5},
    }
    for name, task, seconds in (
        ("sweep", "kpis.tasks.sweep", SWEEP_SECONDS),
        ("guards", "cip.tasks.check_guards", MAIL_SECONDS),
        ("mail", "board.tasks.send_mail", MAIL_SECONDS),
    )
}

# --- E-mail and logs ------------------------------------------------------------------------

# In development each e-mail becomes a file in var/mail.
_email = env.email(
    "EMAIL_URL", default="filemail://" if DEBUG else "smtp://localhost:25", folder=VAR_DIR / "mail"
)
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email["EMAIL_HOST"] or ""
EMAIL_PORT = _email["EMAIL_PORT"] or 25
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _email["EMAIL_FILE_PATH"]
EMAIL_TIMEOUT = 10
# The beginning of every link in an e-mail, which is sent without a request to take it from.
SITE_URL = env.site_url("SITE_URL", hosts=ALLOWED_HOSTS, https=HTTPS, debug=DEBUG)
DEFAULT_FROM_EMAIL = env.sender("EMAIL_FROM", site=SITE_URL)

LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
    env.stop("LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "kmpt_tracker.logs.JsonFormatter"},
        "plain": {"format": "%(levelname)s %(name)s: %(message)s"},
    },
    "filters": {
        "refusals_once": {"()": "kmpt_tracker.logs.RefusalsOnce"},
        "secrets_hidden": {"()": "kmpt_tracker.logs.SecretsHidden"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["refusals_once", "secrets_hidden"],
            "formatter": "plain" if DEBUG else "json",
        },
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Replaces Django's own handlers, one of which mails whole requests.
        "django": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False},
        "django.server": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False},
        "axes": {"level": "WARNING"},
    },
}
