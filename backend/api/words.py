"""The closed lists that travel; the schema names each of them once (see ENUM_NAME_OVERRIDES in the settings)."""

from __future__ import annotations

from backend.api.codes import ErrorCode
from backend.businesses.actors import ActorKind, Scope
from backend.businesses.audit import Action
from backend.businesses.models import Role
from backend.connecting.connect import MOCK, OAUTH
from backend.conversations.models import (
    AttachmentState,
    AuthorKind,
    ConversationStatus,
    Direction,
    Handler,
    ReactionState,
)
from backend.conversations.profiles import ProfileState
from backend.conversations.window import WindowState
from backend.integrations.models import IntegrationStatus
from backend.integrations.policy import ReadPolicy
from backend.integrations.template_parts import OFFER
from backend.platforms.port import (
    AttachmentType,
    DeliveryStatus,
    Login,
    MessageType,
    SendType,
    TextUnit,
)
from backend.platforms.registry import PLATFORMS
from backend.receiving.models import EventState
from backend.syncing.models import ImportOrigin, ImportState

PLATFORM_NAMES = list(PLATFORMS)
ERROR_CODES = [str(code) for code in ErrorCode]
ROLES = list(Role.values)
SCOPES = [str(scope) for scope in Scope]
KEY_KINDS = [str(ActorKind.AI), str(ActorKind.SERVICE)]
ACTOR_KINDS = list(ActorKind.values)
AUDIT_ACTIONS = [str(action) for action in Action]

FLOWS = [MOCK, OAUTH]
LOGINS = [str(login) for login in Login]
INTEGRATION_STATUSES = list(IntegrationStatus.values)
HEALTH_STATES = ["ok", "degraded", "reconnect", "disconnected"]
FINISH_OUTCOMES = ["connected", "choose"]
TEXT_UNITS = [str(unit) for unit in TextUnit]

CONVERSATION_STATUSES = list(ConversationStatus.values)
HANDLERS = list(Handler.values)
READ_POLICIES = [str(policy) for policy in ReadPolicy]
UNTOLD, ALLOWED, STOPPED = MARKETING_STATES = ["UNKNOWN", "ALLOWED", "STOPPED"]
NO_PROFILES = "NOT_OFFERED"  # Of a platform that cannot be asked.
PROFILE_STATES = [NO_PROFILES, *(str(state) for state in ProfileState if state)]
WINDOW_STATES = [str(state) for state in WindowState]

DIRECTIONS = list(Direction.values)
AUTHOR_KINDS = list(AuthorKind.values)
MESSAGE_TYPES = [str(kind) for kind in MessageType]
REACTION_STATES = list(ReactionState.values)
ATTACHMENT_TYPES = [str(kind) for kind in AttachmentType]
ATTACHMENT_STATES = list(AttachmentState.values)
SEND_TYPES = [str(kind) for kind in SendType]
QUICK_REPLY_TYPES = ["TEXT", "PHONE", "EMAIL"]
CARD_COMPONENTS = ["HEADER", "BODY", "BUTTON"]
TEMPLATE_COMPONENTS = [*CARD_COMPONENTS, OFFER, "CAROUSEL"]
CARD_PLACES = ["HOME", "WORK"]
DELIVERY_STATUSES = [str(status) for status in DeliveryStatus]

IMPORT_ORIGINS = list(ImportOrigin.values)
IMPORT_STATES = list(ImportState.values)

EVENT_STATES = list(EventState.values)
VAULT_STATES = ["ok", "unreadable"]
