"""Django's settings. What can differ between two machines is read through config.env and explained in .env.dev."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
env.load_files(BASE_DIR)

DEBUG = env.flag("DEBUG", False)
VAR_DIR = BASE_DIR / env.text("VAR_DIR", "var")
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """SECRET_KEY, or the one in VAR_DIR/secret_key, made where it is missing."""
    given = env.text("SECRET_KEY", "")
    if given:
        return given
    path = VAR_DIR / "secret_key"
    if not path.exists():
        fresh = VAR_DIR / f".secret_key-{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        with suppress(FileExistsError):  # where another process was first, theirs is the key
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")
HTTPS = env.flag("HTTPS", False)

INSTALLED_APPS = [
    "office.apps.OfficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "config.apps.StaticFiles",
    "ninja",  # for the files of the page to try the API at
    "django_htmx",
    "csp",
    "accounts",
    "movie",
    "office",
    "paper_review",
]
MIDDLEWARE = [
    "office.metrics.MetricsMiddleware",
    "movie.views.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "movie.caching.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "movie.visitors.VisitorMiddleware",
    "accounts.limits.LimitMiddleware",
    "accounts.joining.JoiningMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "movie.context.site",
            ],
        },
    },
]

DATABASES = {"default": env.database("DATABASE_URL", default=VAR_DIR / "site.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Seoul"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "https:", "data:"],  # https: for posters that a catalogue names
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics", "interest-cohort")
}
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "movie.api.refusals.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL, LOGIN_REDIRECT_URL = "accounts:sign_in", "movie:home"
PASSWORD_RESET_TIMEOUT = 3600

# Counts of what is limited. Files, because they cost the database nothing: a machine counts for itself.
CACHES = {
    "default": {
        "BACKEND": "accounts.counting.CountingCache",
        "LOCATION": VAR_DIR / "counts",
        "TIMEOUT": 2 * 3600,  # longer than any period in which something is counted
        "OPTIONS": {"MAX_ENTRIES": 5_000},
    }
}
PROXIES = env.number("PROXIES", 0, least=0, most=9)
POSTS_A_MINUTE = env.number("POSTS_A_MINUTE", 120, least=0, most=1_000_000)
ADDRESS_POSTS_A_MINUTE = env.number("ADDRESS_POSTS_A_MINUTE", 600, least=0, most=1_000_000)
SIGN_IN_TRIES = env.number("SIGN_IN_TRIES", 10, least=0, most=1_000_000)
COMMENTS_AN_HOUR = env.number("COMMENTS_AN_HOUR", 20, least=0, most=1_000_000)
ACCOUNT_FORMS_AN_HOUR = env.number("ACCOUNT_FORMS_AN_HOUR", 20, least=0, most=1_000_000)

EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if env.text('EMAIL_HOST', '') else 'console'}.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.number("EMAIL_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Movie Graph <noreply@localhost>")

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", among=("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # kafka says each try to connect, botocore where it found credentials; ours say what came of them.
    "loggers": {"kafka": {"level": "ERROR"}, "botocore": {"level": "WARNING"}},
}

CLICKLOG = env.choice("CLICKLOG", "database", among=("database", "dynamodb"))
CLICKLOG_VISITOR_DAYS = env.number("CLICKLOG_VISITOR_DAYS", 365, least=1, most=3650)
CLICKLOG_DAYS = env.number("CLICKLOG_DAYS", 730, least=1, most=3650)
DYNAMODB_ENDPOINT = env.text("DYNAMODB_ENDPOINT", "")
DYNAMODB_REGION = env.text("DYNAMODB_REGION", "")
DYNAMODB_TABLE = env.text("DYNAMODB_TABLE", "clicklog")
EVENTS = env.choice("EVENTS", "database", among=("database", "kafka"))
KAFKA_BOOTSTRAP_SERVERS = env.words("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
KAFKA_SECURITY_PROTOCOL = env.choice(
    "KAFKA_SECURITY_PROTOCOL", "PLAINTEXT", among=("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
)
KAFKA_CA_FILE = env.text("KAFKA_CA_FILE", "")
KAFKA_SASL_MECHANISM = env.choice(
    "KAFKA_SASL_MECHANISM", "SCRAM-SHA-512", among=("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
)
KAFKA_USERNAME = env.text("KAFKA_USERNAME", "")
KAFKA_PASSWORD = env.text("KAFKA_PASSWORD", "")
KAFKA_TOPIC = env.text("KAFKA_TOPIC", "log_movie_click")
KAFKA_RETENTION_DAYS = env.number("KAFKA_RETENTION_DAYS", 7, least=1, most=365)
FEED_ROBOTS_PERCENT = env.number("FEED_ROBOTS_PERCENT", 0, least=0, most=100)
FEED_MOST_A_MINUTE = env.number("FEED_MOST_A_MINUTE", 60, least=1, most=10_000)
FEED_RECOMMENDED_PERCENT = env.number("FEED_RECOMMENDED_PERCENT", 50, least=0, most=100)
NGCF_RETRAIN = env.choice("NGCF_RETRAIN", "visitor", among=("visitor", "full", "reference"))
NGCF_INDEX = env.flag("NGCF_INDEX", False)
MODEL_BUDGET_MS = env.number("MODEL_BUDGET_MS", 2000, least=10, most=60_000)
TRAIN_MISSING = env.flag("TRAIN_MISSING", False)
RUN_JOBS = env.flag("RUN_JOBS", False)
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
TRENDING_DAYS = env.number("TRENDING_DAYS", 7, least=1, most=365)
MIX_MODELS = env.words("MIX_MODELS", "ngcf,sasrec,mf,ease")
CHECKPOINTS = VAR_DIR / "checkpoints"
DATA_DIR = VAR_DIR / "data"

HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, least=1, most=65535)
WEB_WORKERS = env.number("WEB_WORKERS", 2, least=1, most=64)
WEB_THREADS = env.number("WEB_THREADS", 4, least=1, most=64)
