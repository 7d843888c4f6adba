"""All settings. One file; the environment differs. What must hold is a system check in `checks.py`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from backend.config.environment import Env
from backend.config.logs import logging_config
from backend.config.postgres import postgres_options
from backend.config.storage import media_storage
from backend.lib.crypto import new_key

BASE_DIR = Path(__file__).resolve().parents[2]
env = Env()
Env.read_env(os.environ.get("ENV_FILE") or BASE_DIR / ".env")

# --- where and how we run ---------------------------------------------------------------------------------------
SANDBOX = env.bool("SANDBOX", False)
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
PORT = env.int("PORT", 8000)
SIMULATOR_PORT = env.int("SIMULATOR_PORT", 9000)
PUBLIC_URL = env.str("PUBLIC_URL", f"http://localhost:{PORT}").rstrip("/")
FRONTEND_ORIGINS = [
    origin.rstrip("/") for origin in env.list("FRONTEND_ORIGINS", default=["http://localhost:3000"])
]
RELEASE = env.str("RELEASE", "")
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
LOG_FORMAT = env.str("LOG_FORMAT", "console" if SANDBOX else "json")


def _made_once(name: str, make: Callable[[], str]) -> str:
    return env.made_once(name, make, sandbox=SANDBOX, data_dir=DATA_DIR)


def _digits() -> str:
    return str(secrets.randbelow(9 * 10**14) + 10**14)


# --- secrets ----------------------------------------------------------------------------------------------------
SECRET_KEY = _made_once("SECRET_KEY", lambda: secrets.token_urlsafe(64))
ENCRYPTION_KEYS = _made_once("ENCRYPTION_KEYS", lambda: f"k1:{new_key()}")
METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # Empty: outside the sandbox nobody reads /metrics.

# --- Meta -------------------------------------------------------------------------------------------------------
META_APP_ID = _made_once("META_APP_ID", _digits)
META_APP_SECRET = _made_once("META_APP_SECRET", lambda: secrets.token_hex(16))
META_APP_SECRET_PREVIOUS = env.str("META_APP_SECRET_PREVIOUS", "")
META_VERIFY_TOKEN = _made_once("META_VERIFY_TOKEN", lambda: secrets.token_urlsafe(24))
# Outside the sandbox they may stay empty: only Instagram Login needs them.
INSTAGRAM_APP_ID = _made_once("INSTAGRAM_APP_ID", _digits) if SANDBOX else env.str("INSTAGRAM_APP_ID", "")
INSTAGRAM_APP_SECRET = (
    _made_once("INSTAGRAM_APP_SECRET", lambda: secrets.token_hex(16))
    if SANDBOX
    else env.str("INSTAGRAM_APP_SECRET", "")
)
SIMULATOR_URL = f"http://localhost:{SIMULATOR_PORT}"
META_GRAPH_URL = env.str("META_GRAPH_URL", SIMULATOR_URL if SANDBOX else "https://graph.facebook.com").rstrip(
    "/"
)
_dialog = META_GRAPH_URL if SANDBOX else "https://www.facebook.com"  # The simulator serves both at its root.
META_DIALOG_URL = env.str("META_DIALOG_URL", _dialog).rstrip("/")
# Login configurations of Facebook Login for Business; a platform without one asks for its permissions one by one.
META_CONFIG_IDS = {
    "INSTAGRAM": env.str("META_CONFIG_ID_INSTAGRAM", ""),
    "MESSENGER": env.str("META_CONFIG_ID_MESSENGER", ""),
    "WHATSAPP": env.str("META_CONFIG_ID_WHATSAPP", ""),
}
META_GRAPH_VERSION = env.str("META_GRAPH_VERSION", "v25.0")
INSTAGRAM_META_APP_ID = env.str("INSTAGRAM_META_APP_ID", META_APP_ID)
INSTAGRAM_LOGIN = env.str("INSTAGRAM_LOGIN", "facebook")
# The simulator plays all three; only the first is opened in a browser, as the dialog is.
_authorize = f"{META_DIALOG_URL}/instagram/authorize-host" if SANDBOX else "https://www.instagram.com"
INSTAGRAM_AUTHORIZE_URL = env.str("INSTAGRAM_AUTHORIZE_URL", _authorize).rstrip("/")
_token = f"{META_GRAPH_URL}/instagram/api-host" if SANDBOX else "https://api.instagram.com"
INSTAGRAM_TOKEN_URL = env.str("INSTAGRAM_TOKEN_URL", _token).rstrip("/")
_graph = f"{META_GRAPH_URL}/instagram/graph-host" if SANDBOX else "https://graph.instagram.com"
INSTAGRAM_GRAPH_URL = env.str("INSTAGRAM_GRAPH_URL", _graph).rstrip("/")
META_TRANSPORT = None  # An httpx2 transport; None: the network. Tests bind it to the simulator's app.

# --- Django -----------------------------------------------------------------------------------------------------
DEBUG = False
ALLOWED_HOSTS = ["*"]  # No address is ever built from the Host header: PUBLIC_URL says what we are called.
ROOT_URLCONF = "backend.config.urls"
WSGI_APPLICATION = "backend.config.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "backend.businesses",
    "backend.feed",
    "backend.files",
    "backend.integrations",
    "backend.conversations",
    "backend.receiving",
    "backend.sending",
    "backend.connecting",
    "backend.syncing",
    "backend.config",
]
MIDDLEWARE = [
    "backend.api.middleware.RequestIdMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "backend.api.middleware.EnvelopeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backend.api.middleware.TrailingSlashMiddleware",
    "backend.config.admin.middleware.AdminSessions",
    "backend.config.admin.middleware.AdminLogins",
    "backend.config.admin.middleware.AdminMessages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "backend" / "api" / "pages", BASE_DIR / "backend" / "config" / "pages"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [  # For the admin.
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
APPEND_SLASH = False
AUTH_USER_MODEL = "businesses.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = ["backend.config.formats"]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # Swagger UI comes from a package; nothing has to be collected first.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
LOGGING_CONFIG = None
logging_config(level=LOG_LEVEL, style=LOG_FORMAT)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
# Cookies are the admin's alone: the API takes bearer tokens.
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not SANDBOX
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 8 * 60 * 60  # A shift.
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- database ---------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'gateway.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # A writer waits at BEGIN, never in the middle of its work.
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    _database["OPTIONS"] = {
        **postgres_options(env.int("DATABASE_POOL_SIZE", 20)),
        **_database.get("OPTIONS", {}),
    }
    _database["CONN_MAX_AGE"] = 0  # Django's pool keeps the connections.
    _database["CONN_HEALTH_CHECKS"] = True  # One that died with the server is replaced before it is used.

# --- files ------------------------------------------------------------------------------------------------------
MEDIA_DIR = Path(env.str("MEDIA_DIR", str(DATA_DIR / "media"))).resolve()
MEDIA_MAX_MB = env.int("MEDIA_MAX_MB", 100)
MEDIA_HOSTS = env.list("MEDIA_HOSTS", default=[])
MEDIA_STORAGE = env.str("MEDIA_STORAGE", "disk")
MEDIA_S3_BUCKET = env.str("MEDIA_S3_BUCKET", "")
_s3 = {
    "bucket": MEDIA_S3_BUCKET,
    "region": env.str("MEDIA_S3_REGION", ""),
    "endpoint": env.str("MEDIA_S3_ENDPOINT", ""),
    "key": env.str("MEDIA_S3_ACCESS_KEY_ID", ""),
    "secret": env.str("MEDIA_S3_SECRET_ACCESS_KEY", ""),
}
STORAGES = {
    "media": media_storage(MEDIA_STORAGE, MEDIA_DIR, _s3),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- logins and limits ------------------------------------------------------------------------------------------
ACCESS_TOKEN_FOR = timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", 60 if SANDBOX else 15))
REFRESH_TOKEN_FOR = timedelta(days=env.int("REFRESH_TOKEN_DAYS", 30))
LOGIN_FAILURES_PER_MINUTE = env.int("LOGIN_FAILURES_PER_MINUTE", 10)
READS_PER_MINUTE = env.int("READS_PER_MINUTE", 6000)
WRITES_PER_MINUTE = env.int("WRITES_PER_MINUTE", 600)
CALLER_READS_PER_MINUTE = env.int("CALLER_READS_PER_MINUTE", 0)
CALLER_WRITES_PER_MINUTE = env.int("CALLER_WRITES_PER_MINUTE", 0)
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

# --- a foreign login --------------------------------------------------------------------------------------------
JWT_ISSUER = env.str("JWT_ISSUER", "")
JWT_AUDIENCE = env.str("JWT_AUDIENCE", "")
JWT_JWKS_URL = env.str("JWT_JWKS_URL", "")
JWT_SECRET = env.str("JWT_SECRET", "")
JWT_ALGORITHMS = env.list("JWT_ALGORITHMS", default=["RS256"] if JWT_JWKS_URL else ["HS256"])
JWT_PROVISION = env.bool("JWT_PROVISION", False)
JWT_TRANSPORT = None  # An httpx2 transport; None: the network. Tests let it answer with keys.

# --- telling people ---------------------------------------------------------------------------------------------
NOTICE_EMAILS = env.bool("NOTICE_EMAILS", False)
DEFAULT_FROM_EMAIL = env.str("NOTICE_EMAIL_FROM", "gateway@localhost")
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))

# --- the front door ---------------------------------------------------------------------------------------------
CORS_ALLOWED_ORIGINS = FRONTEND_ORIGINS
CORS_ALLOW_METHODS = ["DELETE", "GET", "OPTIONS", "PATCH", "POST"]
CORS_ALLOW_HEADERS = ["authorization", "content-type", "idempotency-key", "last-event-id", "x-business-id"]
CORS_EXPOSE_HEADERS = ["retry-after", "x-request-id"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["backend.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["backend.api.permissions.IsMember"],
    "DEFAULT_THROTTLE_CLASSES": ["backend.api.throttling.BusinessThrottle"],
    "DEFAULT_PARSER_CLASSES": ["backend.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["backend.api.rendering.QuickJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "backend.api.negotiation.JSONWhateverIsAsked",
    "DEFAULT_METADATA_CLASS": "backend.api.negotiation.AllowedMethods",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "backend.api.schema.Schema",
    "EXCEPTION_HANDLER": "backend.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Customer gateway",
    "DESCRIPTION": "Connect Instagram, Messenger and WhatsApp; read what customers write; answer them.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "backend.api.schema_hooks.add_webhook_doors",
        "backend.api.schema_hooks.share_repeated_parts",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    # The schema names each closed list once.
    "ENUM_NAME_OVERRIDES": {
        "PlatformName": "backend.api.words.PLATFORM_NAMES",
        "ErrorCode": "backend.api.words.ERROR_CODES",
        "Role": "backend.api.words.ROLES",
        "Scope": "backend.api.words.SCOPES",
        "ApiKeyKind": "backend.api.words.KEY_KINDS",
        "ActorKind": "backend.api.words.ACTOR_KINDS",
        "AuditAction": "backend.api.words.AUDIT_ACTIONS",
        "Flow": "backend.api.words.FLOWS",
        "LoginWay": "backend.api.words.LOGINS",
        "IntegrationStatus": "backend.api.words.INTEGRATION_STATUSES",
        "HealthState": "backend.api.words.HEALTH_STATES",
        "FinishOutcome": "backend.api.words.FINISH_OUTCOMES",
        "TextUnit": "backend.api.words.TEXT_UNITS",
        "ConversationStatus": "backend.api.words.CONVERSATION_STATUSES",
        "Handler": "backend.api.words.HANDLERS",
        "ReadPolicy": "backend.api.words.READ_POLICIES",
        "MarketingState": "backend.api.words.MARKETING_STATES",
        "ProfileState": "backend.api.words.PROFILE_STATES",
        "WindowState": "backend.api.words.WINDOW_STATES",
        "Direction": "backend.api.words.DIRECTIONS",
        "AuthorKind": "backend.api.words.AUTHOR_KINDS",
        "MessageType": "backend.api.words.MESSAGE_TYPES",
        "ReactionState": "backend.api.words.REACTION_STATES",
        "SendType": "backend.api.words.SEND_TYPES",
        "QuickReplyType": "backend.api.words.QUICK_REPLY_TYPES",
        "CardPlace": "backend.api.words.CARD_PLACES",
        "CardComponentType": "backend.api.words.CARD_COMPONENTS",
        "TemplateComponentType": "backend.api.words.TEMPLATE_COMPONENTS",
        "DeliveryStatus": "backend.api.words.DELIVERY_STATUSES",
        "ImportOrigin": "backend.api.words.IMPORT_ORIGINS",
        "ImportState": "backend.api.words.IMPORT_STATES",
        "AttachmentType": "backend.api.words.ATTACHMENT_TYPES",
        "AttachmentState": "backend.api.words.ATTACHMENT_STATES",
        "WebhookEventState": "backend.api.words.EVENT_STATES",
        "VaultState": "backend.api.words.VAULT_STATES",
    },
    "TAGS": [
        {"name": "Logins", "description": "Who you are."},
        {"name": "Integrations", "description": "The accounts of the business; for owners and admins."},
        {"name": "Conversations", "description": "The inbox."},
        {"name": "Messages", "description": "What is said in a conversation."},
        {"name": "Media", "description": "The files of messages."},
        {"name": "Contacts", "description": "The people who write."},
        {"name": "Webhook events", "description": "What the platforms delivered; for owners and admins."},
        {"name": "API keys", "description": "Keys for programs; for owners and admins."},
        {"name": "Audit", "description": "Who did what; for owners and admins."},
        {"name": "Webhooks", "description": "The platforms' own way in; nothing for a frontend."},
        {"name": "Operations", "description": "For load balancers and people on duty."},
    ],
}

# --- background work --------------------------------------------------------------------------------------------
BROKER_URL = env.str("BROKER_URL", "")
SWEEP_EVERY_SECONDS = env.float("SWEEP_EVERY_SECONDS", 2.0)
FFMPEG = env.str("FFMPEG", "ffmpeg")
SEND_THREADS = env.int("SEND_THREADS", 64)
SEND_WITHIN_HOURS = env.int("SEND_WITHIN_HOURS", 24)
PROFILE_THREADS = env.int("PROFILE_THREADS", 2)
PROFILE_CALLS_PER_SECOND = env.float("PROFILE_CALLS_PER_SECOND", 2.0)
PROFILE_STALE_DAYS = env.int("PROFILE_STALE_DAYS", 7)
MEDIA_THREADS = env.int("MEDIA_THREADS", 4)

# --- how long it is kept, in days; 0: for ever ------------------------------------------------------------------
WEBHOOK_EVENT_RETENTION_DAYS = env.int("WEBHOOK_EVENT_RETENTION_DAYS", 30)
FAILED_EVENT_RETENTION_DAYS = env.int("FAILED_EVENT_RETENTION_DAYS", 90)
FEED_RETENTION_DAYS = env.int("FEED_RETENTION_DAYS", 30)
IDEMPOTENCY_KEY_RETENTION_DAYS = env.int("IDEMPOTENCY_KEY_RETENTION_DAYS", 30)
MEDIA_RETENTION_DAYS = env.int("MEDIA_RETENTION_DAYS", 0)
UPLOAD_RETENTION_DAYS = env.int("UPLOAD_RETENTION_DAYS", 1)

env.stop_if_missing()
