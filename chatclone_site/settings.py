"""The one settings file; everything that differs between installations comes from the environment (docs/settings.md)."""

from __future__ import annotations

import re
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from chatclone_site import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "data"))).absolute()
DATABASE_URL = env.text("DATABASE_URL", "")
#: Embedded: secrets are made in DATA_DIR on the first start. Containers switch it off and give secrets.
EMBEDDED = env.boolean("EMBEDDED", True)
DEBUG = env.boolean("DEBUG", False)
_SECRETS = DATA_DIR / "secrets" if EMBEDDED else None
SECRET_KEY = env.secret("SECRET_KEY", _SECRETS)
#: Keys that wrap the users' keys, newest first; older ones only open what they once wrapped.
MASTER_KEYS = env.keys("MASTER_KEYS", _SECRETS)

PORT = env.integer("PORT", 8000, most=65_535)
HOST = env.text("HOST", "127.0.0.1")
_ADDRESS = "an address such as https://chat.example.org"
SITE_URL = env.form("SITE_URL", f"http://localhost:{PORT}", r"https?://[^/?#\s]+/*", _ADDRESS).rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", f"localhost 127.0.0.1 [::1] {urlsplit(SITE_URL).hostname}")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = False  # the proxy's work; see docs/settings.md
BEHIND_PROXY = env.boolean("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
#: The last address of X-Forwarded-For is the one that our proxy has seen: what a client writes into it stands before.
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

INSTALLED_APPS = [
    "chatclone_site.apps.SiteConfig",
    "apps.bridges",
    "apps.chat",
    "apps.personas",
    "apps.archives",
    "apps.privacy",
    "apps.jobs",
    "apps.accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "chatclone_site.middleware.PageSecurity",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "chatclone_site.middleware.PassphraseLock",  # before the form of an upload is read
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
CSRF_FAILURE_VIEW = "chatclone_site.views.forged"
ROOT_URLCONF = "chatclone_site.urls"
ASGI_APPLICATION = "chatclone_site.asgi.application"
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
                "chatclone_site.middleware.page",
            ]
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA_DIR / "site.sqlite3"),
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
            },
            "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql:// (or be empty for the built-in SQLite).")
    try:
        port = str(parts.port or "")
    except ValueError:
        raise ImproperlyConfigured("The port in DATABASE_URL is not a number from 0 to 65535.") from None
    query = dict(p.split("=", 1) for p in parts.query.split("&") if "=" in p)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or "") or env.text("DATABASE_PASSWORD", ""),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": port,
        "OPTIONS": {name: unquote(query[name]) for name in ("sslmode", "sslrootcert") if name in query},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL", "")
_REDIS_SOCKET = DATA_DIR / "run" / "redis.sock"
#: The embedded Redis, started by `manage.py up` unless REDIS_URL names a server.
REDIS_SOCKET = "" if REDIS_URL else str(_REDIS_SOCKET)
REDIS = REDIS_URL or f"unix://{_REDIS_SOCKET}"
#: Where open keys of locked accounts lie for minutes; it must not write to a disk, or no account can be locked.
KEYS_REDIS = env.text("KEYS_REDIS_URL", "") or REDIS
UNLOCKED_SECONDS = 60 * env.integer("UNLOCKED_MINUTES", 15)
CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS]}}}

CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{_REDIS_SOCKET}?virtual_host=1"
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "ingest"
CELERY_TASK_ROUTES = {"personas.train": {"queue": "train"}, "chat.*": {"queue": "reply"}}
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 5}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = attrgetter("email")  # a user's own name is an id, for logs
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.choice("EMAIL_VERIFICATION", "none", ("none", "optional", "mandatory"))
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
_ONE_RATE = r"\d+/(?:\d+(?:\.\d+)?)?[smhd](?:/ip)?"
_RATE = (rf"{_ONE_RATE}(?:\s*,\s*{_ONE_RATE})*", "a rate such as 30/m/ip")
ACCOUNT_RATE_LIMITS = {
    "login": env.form("LOGIN_RATE", "30/m/ip", *_RATE),
    "signup": env.form("SIGNUP_RATE", "20/m/ip", *_RATE),
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "chatclone"
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, most=65_535)
EMAIL_HOST_USER = env.text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", "")
EMAIL_USE_TLS = env.boolean("EMAIL_TLS", False)
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "chatclone@localhost")

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA_DIR / "static")))
_VENDOR = {"uplot": "uplot/dist", "tus": "tus-js-client/dist", "zip": "@zip.js/zip.js/dist"}
#: What pages use of them, and where their source maps are named in them, those too.
VENDOR_FILES = {
    "vendor/uplot/uPlot.esm.js", "vendor/uplot/uPlot.min.css", "vendor/tus/tus.min.js", "vendor/tus/tus.min.js.map", "vendor/zip/zip-core.min.js",
}  # fmt: skip
_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "chatclone_site" / "static",
    *((f"vendor/{name}", str(_MODULES / place)) for name, place in _VENDOR.items() if (_MODULES / place).exists()),
]
STATICFILES_FINDERS = [
    "chatclone_site.staticfiles.PageFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MEDIA_ROOT = DATA_DIR / "files"
#: Where sealed files lie: DATA_DIR, or a bucket that every machine reaches. The bucket (or prefix) belongs to the site alone.
S3_BUCKET = env.text("S3_BUCKET", "")
S3_ENDPOINT = env.text("S3_ENDPOINT", "")
S3_REGION = env.text("S3_REGION", "")
S3_ACCESS_KEY = env.text("S3_ACCESS_KEY", "")
S3_SECRET_KEY = env.text("S3_SECRET_KEY", "")
S3_PREFIX = env.text("S3_PREFIX", "")
_STORAGE = "apps.accounts.shared_storage.SharedStorage" if S3_BUCKET else "apps.accounts.storage.DurableStorage"
STORAGES = {
    "default": {"BACKEND": _STORAGE},
    "staticfiles": {"BACKEND": "chatclone_site.staticfiles.PageStorage"},
}
FILE_UPLOAD_HANDLERS = ["apps.archives.receiving.SealedUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FILES = 200
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50_000  # one for each conversation of a receipt

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True

#: The door to torch: the only dotted path that a worker loads, never the web process.
PERSONA_ENGINE = env.text("PERSONA_ENGINE", "apps.personas.inference.local")
REPLY_RUNTIME = env.text("REPLY_RUNTIME", "auto")
if REPLY_RUNTIME not in {"auto", "int8", "torch", "vllm"}:
    raise ImproperlyConfigured("REPLY_RUNTIME must be auto, int8, torch or vllm.")
#: vLLM servers beside the reply worker, and where adapters lie for them in plain (docs/decisions/0037).
VLLM_URL = env.words("VLLM_URL", "")
VLLM_KEY = env.text("VLLM_KEY", "")
VLLM_FOLDER = Path(env.text("VLLM_FOLDER", "/dev/shm/chatclone"))  # noqa: S108 - in memory, closed to others
VLLM_ADAPTERS = env.integer("VLLM_ADAPTERS", 32)
VLLM_FALLBACK = env.boolean("VLLM_FALLBACK", False)
if REPLY_RUNTIME == "vllm" and not VLLM_URL:
    raise ImproperlyConfigured("REPLY_RUNTIME=vllm needs the address of a server in VLLM_URL.")
MODELS_DIR = Path(env.text("MODELS_DIR", str(DATA_DIR / "models")))
UPLOAD_LIMIT = env.integer("UPLOAD_LIMIT_MB", 51_200) * 2**20
QUOTA = env.integer("QUOTA_MB", 102_400) * 2**20
LEDGER_DAYS = env.integer("LEDGER_DAYS", 30)
ERASURE_RECEIPT_DAYS = env.integer("ERASURE_RECEIPT_DAYS", 30)
UPLOAD_DAYS = env.integer("UPLOAD_DAYS", 7)
DISK_FLOOR = env.number("DISK_FLOOR_PERCENT", 5.0, most=100) / 100
CHILD_MEMORY = env.integer("PARSER_MEMORY_MB", 512) * 2**20
CHILD_SECONDS = env.integer("PARSER_SECONDS", 3_600)
LEASE_SECONDS = env.integer("LEASE_SECONDS", 30)
SWEEP_SECONDS = env.integer("SWEEP_SECONDS", 5)
REPLY_THREADS = env.integer("REPLY_THREADS", 32)
#: Models of the hub that may be fetched; folders in MODELS_DIR need no entry.
HUB_MODELS = env.words("HUB_MODELS", "")
#: Text classifiers by whose score replies may be left out of learning: folders in MODELS_DIR, or names of the hub.
TONE_MODELS = env.words("TONE_MODELS", "")
#: A folder with a small sentence encoder: memory goes by meaning too. Empty: by words alone.
MEMORY_ENCODER = env.text("MEMORY_ENCODER", "")
if MEMORY_ENCODER and not Path(MEMORY_ENCODER).is_absolute():
    raise ImproperlyConfigured("MEMORY_ENCODER must be the whole path of a folder, such as /srv/models/minilm.")
#: Who looks for names that no archive tells: the small model, or a model of an optional library (requirements/names-*.in).
NAME_FINDER = env.text("NAME_FINDER", "crf")
if not re.fullmatch(r"crf|(?:spacy|gliner):[\w.-]+", NAME_FINDER):
    raise ImproperlyConfigured("NAME_FINDER must be crf, spacy:MODEL or gliner:FOLDER.")
#: Processes that scrub a large upload; 0: one for each core, four at most.
SCRUB_PROCESSES = env.integer("SCRUB_PROCESSES", 0)
TRAIN_SLOTS = env.integer("TRAIN_SLOTS", 1)
#: Processes of one training; 0: one for each GPU of its machine.
TRAIN_PROCESSES = env.integer("TRAIN_PROCESSES", 0)
TORCH_THREADS = env.integer("TORCH_THREADS", 0)
REPLIES_AT_ONCE = env.integer("REPLIES_AT_ONCE", 4)
MESSAGES_PER_MINUTE = env.integer("MESSAGES_PER_MINUTE", 30)
SLOW_READER_SECONDS = env.number("SLOW_READER_SECONDS", 20.0)
TEMPORARY_SECONDS = env.integer("TEMPORARY_SECONDS", 300)
#: Through the doors of personas: requests of a key and of a link in a minute, and answers at once for one owner.
KEY_REQUESTS_PER_MINUTE = env.integer("KEY_REQUESTS_PER_MINUTE", 60)
GUEST_MESSAGES_PER_MINUTE = env.integer("GUEST_MESSAGES_PER_MINUTE", 20)
ANSWERS_AT_ONCE = env.integer("ANSWERS_AT_ONCE", 4)
CHECKPOINT_SECONDS = env.number("CHECKPOINT_SECONDS", 20.0)
AUDIT_SECONDS = env.number("AUDIT_SECONDS", 60.0)
AUDIT_REFERENCES = env.integer("AUDIT_REFERENCES", 2_047)
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"httpx": {"level": "WARNING"}, "httpx2": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}
