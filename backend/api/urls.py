from __future__ import annotations

from collections.abc import Mapping

from django.urls import URLPattern, path

from backend.api import documents
from backend.api.api_keys import ApiKeyViewSet
from backend.api.audit_trail import AuditViewSet
from backend.api.contacts import ContactViewSet
from backend.api.conversations import ConversationViewSet
from backend.api.door import FrontDoor
from backend.api.imports import ImportViewSet
from backend.api.integrations import IntegrationViewSet
from backend.api.logins import LoginViewSet, MeViewSet
from backend.api.media import MediaViewSet
from backend.api.messages import MessageViewSet
from backend.api.oauth_callback import OAuthCallback
from backend.api.operations import HealthViewSet
from backend.api.peoples_requests import DeletionStatus, PeoplesRequests
from backend.api.signups import SignupViewSet
from backend.api.templates import TemplateViewSet
from backend.api.webhook_events import WebhookEventViewSet

Actions = Mapping[str, str]

# Address, view, and which method is which action.
ROUTES: tuple[tuple[str, type[FrontDoor], Actions], ...] = (
    ("healthz", HealthViewSet, {"get": "alive"}),
    ("readyz", HealthViewSet, {"get": "ready"}),
    ("metrics", HealthViewSet, {"get": "metrics"}),
    ("api/auth/token", LoginViewSet, {"post": "token"}),
    ("api/auth/token/refresh", LoginViewSet, {"post": "refresh"}),
    ("api/me", MeViewSet, {"get": "retrieve"}),
    ("api/integrations", IntegrationViewSet, {"get": "list"}),
    ("api/integrations/connect", IntegrationViewSet, {"post": "connect"}),
    ("api/integrations/connect/embedded", SignupViewSet, {"post": "embedded"}),
    ("api/integrations/connect/manual", SignupViewSet, {"post": "manual"}),
    ("api/integrations/oauth/callback", OAuthCallback, {"get": "receive"}),
    (
        "api/integrations/<uuid:id>",
        IntegrationViewSet,
        {"get": "retrieve", "patch": "partial_update", "delete": "destroy"},
    ),
    ("api/integrations/<uuid:id>/finish", IntegrationViewSet, {"post": "finish"}),
    ("api/integrations/<uuid:id>/accounts", IntegrationViewSet, {"get": "accounts"}),
    ("api/integrations/<uuid:id>/select", IntegrationViewSet, {"post": "select"}),
    ("api/integrations/<uuid:id>/health", IntegrationViewSet, {"get": "health"}),
    ("api/integrations/<uuid:id>/test", IntegrationViewSet, {"post": "test"}),
    ("api/integrations/<uuid:id>/refresh", IntegrationViewSet, {"post": "refresh"}),
    ("api/integrations/<uuid:id>/webhook-secret", IntegrationViewSet, {"post": "webhook_secret"}),
    ("api/integrations/<uuid:id>/import", ImportViewSet, {"get": "retrieve", "post": "start"}),
    ("api/integrations/<uuid:id>/templates", TemplateViewSet, {"get": "list"}),
    ("api/integrations/<uuid:id>/templates/sync", TemplateViewSet, {"post": "sync"}),
    ("api/conversations", ConversationViewSet, {"get": "list"}),
    ("api/conversations/<uuid:id>", ConversationViewSet, {"get": "retrieve", "patch": "partial_update"}),
    ("api/conversations/<uuid:id>/read", ConversationViewSet, {"post": "read"}),
    ("api/conversations/<uuid:id>/typing", ConversationViewSet, {"post": "typing"}),
    ("api/conversations/<uuid:id>/messages", MessageViewSet, {"get": "list", "post": "create"}),
    ("api/messages/<uuid:id>/reaction", MessageViewSet, {"post": "react"}),
    ("api/messages/<uuid:id>/retry", MessageViewSet, {"post": "retry"}),
    ("api/media", MediaViewSet, {"post": "create"}),
    ("api/media/<uuid:id>", MediaViewSet, {"get": "retrieve"}),
    ("api/contacts/<uuid:id>", ContactViewSet, {"get": "retrieve", "delete": "destroy"}),
    ("api/webhooks/meta/deauthorize", PeoplesRequests, {"post": "deauthorize"}),
    ("api/webhooks/meta/data-deletion", PeoplesRequests, {"post": "delete_data"}),
    ("api/data-deletion/<str:code>", DeletionStatus, {"get": "show"}),
    ("api/webhook-events", WebhookEventViewSet, {"get": "list"}),
    ("api/webhook-events/replay", WebhookEventViewSet, {"post": "replay_many"}),
    ("api/webhook-events/<str:id>/replay", WebhookEventViewSet, {"post": "replay"}),
    ("api/api-keys", ApiKeyViewSet, {"get": "list", "post": "create"}),
    ("api/api-keys/<uuid:id>", ApiKeyViewSet, {"delete": "destroy"}),
    ("api/audit", AuditViewSet, {"get": "list"}),
)

urlpatterns: list[URLPattern] = [
    *(path(address, view.as_view(dict(actions))) for address, view, actions in ROUTES),
    path("api/schema", documents.schema),
    path("api/docs", documents.docs),
]
