"""Every knob of the app, read from the environment with embedded defaults; a bad value stops the start loudly."""

import os
import shlex
import sys
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from annotator.limits import DAYS_TO_TAKE_BACK
from annotator.secret import load_or_make_secret

ROOT = Path(__file__).resolve().parent.parent
FRONTEND_DIST = ROOT / "frontend" / "dist"


def env_bool(name: str, default: bool) -> bool:
    """The environment variable as a truth value; ImproperlyConfigured when it is neither."""
    text = os.environ.get(name, "1" if default else "0").lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} is {text!r}; write 1 or 0.")


def env_int(name: str, default: int) -> int:
    """The environment variable as a whole number; ImproperlyConfigured when it is not one."""
    text = os.environ.get(name, str(default))
    try:
        return int(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {text!r}; write a whole number.") from error


def env_list(name: str, default: str) -> list[str]:
    """The environment variable as a comma-separated list."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


TERN_VERSION = "0.1.0"

# Where all data lives: database, images, models, snapshots. Never inside version control.
TERN_HOME = Path(os.environ.get("TERN_HOME", ROOT / "var")).resolve()
TERN_HOME.mkdir(parents=True, exist_ok=True)

PRODUCTION = env_bool("TERN_PRODUCTION", False)
DEBUG = env_bool("TERN_DEBUG", False)
SECRET_KEY = os.environ.get("TERN_SECRET_KEY") or load_or_make_secret(TERN_HOME / "secret_key")
ALLOWED_HOSTS = env_list("TERN_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("TERN_ORIGINS", "")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_tasks",
    "django_tasks_db",
    "annotator",
]
AUTH_USER_MODEL = "annotator.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "annotator.web.urls"
ASGI_APPLICATION = "annotator.web.asgi.application"

MIDDLEWARE = [
    "annotator.web.health.Health",
    "django.middleware.security.SecurityMiddleware",
    "annotator.web.headers.ContentSecurityPolicy",
    "annotator.web.assets.Assets",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "annotator" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Deferred transactions give "database is locked" when a reader turns writer; IMMEDIATE waits its turn instead.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; "
    "PRAGMA cache_size=-20000;",
}
DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{TERN_HOME / 'tern.sqlite3'}", conn_max_age=600)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS

TASKS = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["training", "scoring", "transfer", "marks"]}
}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": TERN_HOME / "media"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = TERN_HOME / "static"
# `start` may build the page after this file was read, and a folder that is missing now would never be served.
FRONTEND_DIST.mkdir(parents=True, exist_ok=True)
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [("page", FRONTEND_DIST)]
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/page/assets/"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
# In the database alone: a cache in each process would keep a person signed in elsewhere after signing out here.
SESSION_ENGINE = "annotator.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "annotator.web.views.forged"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env_bool("TERN_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotator.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "annotator.api.pagination.ByCursor",
    "DEFAULT_THROTTLE_RATES": {"sign-in": os.environ.get("TERN_SIGN_IN_RATE", "10/min")},
    "EXCEPTION_HANDLER": "annotator.api.errors.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tern",
    "DESCRIPTION": "Labelling images with many labels: three states, suggestions, snapshots.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_NO_READ_ONLY_REQUIRED": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "annotator.api.errors.describe_refusals",
        "annotator.api.plain.describe_plain",
        "annotator.api.answers.answers_are_whole",
    ],
    "PATH_CONVERTER_OVERRIDES": {"id": {"type": "integer", "minimum": 0}},
    "ENUM_NAME_OVERRIDES": {
        "Role": "annotator.models.Role",
        "QueueMode": "annotator.models.project.QueueMode",
        "Source": "annotator.models.Source",
        "SnapshotFormat": "annotator.formats.CHOICES",
    },
}

# Uploads: each limit is there because a small file can otherwise cost gigabytes.
TERN_MAX_UPLOAD_BYTES = env_int("TERN_MAX_UPLOAD_MB", 2048) * 1024 * 1024
TERN_MAX_BODY_BYTES = env_int("TERN_MAX_BODY_MB", 64) * 1024 * 1024
TERN_MAX_IMAGE_BYTES = env_int("TERN_MAX_IMAGE_MB", 50) * 1024 * 1024
TERN_MAX_IMAGE_PIXELS = env_int("TERN_MAX_IMAGE_PIXELS", 50_000_000)
TERN_MAX_ARCHIVE_FILES = env_int("TERN_MAX_ARCHIVE_FILES", 100_000)
TERN_MAX_ARCHIVE_BYTES = env_int("TERN_MAX_ARCHIVE_MB", 20_480) * 1024 * 1024
TERN_IMPORT_ROOTS = env_list("TERN_IMPORT_ROOTS", "")
DATA_UPLOAD_MAX_NUMBER_FILES = env_int("TERN_MAX_UPLOAD_FILES", 10_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# Measured with 8 busy clients: 4 answer 64 loops of next and save a second, 8 and 2 fewer (55 and 61).
TERN_WEB_THREADS = env_int("TERN_WEB_THREADS", 4)

# Jobs: a lease must outlast a few missed heartbeats on a busy machine.
TERN_LEASE_SECONDS = env_int("TERN_LEASE_SECONDS", 30)
TERN_SWEEP_SECONDS = env_int("TERN_SWEEP_SECONDS", 3)
# Days after which what was deleted is removed for good; 0 = never. Until then people can take it back.
TERN_PURGE_DAYS = env_int("TERN_PURGE_DAYS", DAYS_TO_TAKE_BACK)
if 0 < TERN_PURGE_DAYS < DAYS_TO_TAKE_BACK or TERN_PURGE_DAYS < 0:
    least = f"write {DAYS_TO_TAKE_BACK} or more, or 0 for never"
    raise ImproperlyConfigured(f"TERN_PURGE_DAYS is {TERN_PURGE_DAYS}; {least}.")
# How often an idle lane of the worker looks for a wake-up: bounds the wait between a trigger and its start.
TERN_POLL_SECONDS = env_int("TERN_POLL_MILLISECONDS", 100) / 1000
TERN_TRAINER_COMMAND = shlex.split(os.environ.get("TERN_TRAINER_COMMAND", "")) or [sys.executable, "-m", "model"]
TERN_TRAINER_THREADS = env_int("TERN_TRAINER_THREADS", max(1, (os.cpu_count() or 2)))
TERN_BACKBONE_WEIGHTS = os.environ.get("TERN_BACKBONE_WEIGHTS", "")
# How names of labels are read: `model.priors.create.create_prior` says what may stand here.
TERN_PRIOR = os.environ.get("TERN_PRIOR", "")
