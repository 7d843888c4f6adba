"""django-allauth: its Facebook login, by its own views, in the smallest Django that holds it."""

import os

import django
from django.conf import settings
from stage import REDIRECT_URI, SIM, VERSION, approve, ask, check, expect

HOST = "127.0.0.1:8321"
CALLBACK = f"http://{HOST}/accounts/facebook/login/callback/"
app = {"client_id": os.environ["META_APP_ID"], "secret": os.environ["META_APP_SECRET"], "key": ""}
settings.configure(
    SECRET_KEY=os.urandom(16).hex(),
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.facebook",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    ROOT_URLCONF="allauth.urls",
    SOCIALACCOUNT_LOGIN_ON_GET=True,
    SOCIALACCOUNT_STORE_TOKENS=True,
    SOCIALACCOUNT_QUERY_EMAIL=True,
    ACCOUNT_EMAIL_VERIFICATION="none",
    LOGIN_REDIRECT_URL="/done",
    SOCIALACCOUNT_PROVIDERS={
        "facebook": {
            "APP": app,
            "GRAPH_API_URL": f"{SIM}/{VERSION}",
            "AUTHORIZE_URL": f"{SIM}/{VERSION}/dialog/oauth",
            "EXCHANGE_TOKEN": True,
            "SCOPE": ["email", "public_profile", "pages_show_list"],
        }
    },
)
django.setup()

from allauth.socialaccount.models import SocialAccount, SocialToken  # type: ignore[import-not-found]  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

call_command("migrate", verbosity=0)
browser = Client(headers={"host": HOST})
# The views live under /facebook/… of their own urls; the callback is told to the app's dashboard.
CALLBACK = f"http://{HOST}/facebook/login/callback/"
ask(f"{SIM}/sim/app", {"redirectUris": [CALLBACK, REDIRECT_URI]})


def begin() -> str:
    answer = browser.get("/facebook/login/")
    expect(answer.status_code == 302, answer.status_code)
    url: str = answer["location"]
    expect(url.startswith(f"{SIM}/{VERSION}/dialog/oauth?"), url)
    return url


def finish() -> None:
    answer = browser.get("/facebook/login/callback/", approve(url))
    expect((answer.status_code, answer.get("location")) == (302, "/done"), answer.content[:300])
    known = SocialAccount.objects.get()
    expect(known.extra_data["name"] == "Demo Owner", known.extra_data)
    expect("@" in known.extra_data["email"], known.extra_data)


def be_cancelled() -> None:
    answer = Client(headers={"host": HOST}).get("/facebook/login/")
    refused = approve(answer["location"], deny=True)
    expect(refused["error"] == "access_denied", refused)


def by_token() -> None:
    token = SocialToken.objects.get()
    expect(token.token.startswith("EAA"))
    expect(token.expires_at is not None)
    answer = Client(headers={"host": HOST}).post("/facebook/login/token/", {"access_token": token.token})
    expect(answer.status_code == 302, answer.content[:300])


url = check("OAuth2LoginView: to the dialog", begin)
check("OAuth2CallbackView: code, token, profile, user", finish)
check("OAuth2CallbackView: cancelled", be_cancelled)
check("LoginByTokenView: debug_token, long-lived token", by_token)
