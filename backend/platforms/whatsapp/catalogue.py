from __future__ import annotations

from backend.platforms.meta.catalogue import Row

BEGAN = "~2022"

MESSAGES: list[Row] = [
    Row(
        place="messages[]",
        words=("text",),
        becomes="MessageReceived TEXT",
        since=BEGAN,
        note="`payload.context`: forwarded, or a product that is asked about",
    ),
    Row(place="messages[]", words=("image",), becomes="MessageReceived IMAGE", since=BEGAN),
    Row(place="messages[]", words=("video",), becomes="MessageReceived VIDEO", since=BEGAN),
    Row(
        place="messages[]",
        words=("audio", "voice"),
        becomes="MessageReceived AUDIO",
        since=BEGAN,
        note="`payload.audio.voice` tells a voice message",
    ),
    Row(place="messages[]", words=("document",), becomes="MessageReceived DOCUMENT", since=BEGAN),
    Row(place="messages[]", words=("sticker",), becomes="MessageReceived STICKER", since=BEGAN),
    Row(place="messages[]", words=("location",), becomes="MessageReceived LOCATION", since=BEGAN),
    Row(
        place="messages[]",
        words=("contacts",),
        becomes="MessageReceived CONTACTS",
        since=BEGAN,
        note="their names are the text",
    ),
    Row(
        place="messages[]",
        words=("button",),
        becomes="MessageReceived REPLY",
        since=BEGAN,
        note="a tap on a template's quick reply",
    ),
    Row(place="messages[]", words=("order",), becomes="MessageReceived ORDER", since=BEGAN),
    Row(
        place="messages[]",
        words=("system",),
        becomes="MessageReceived SYSTEM",
        since=BEGAN,
        note="a changed number or user id (then ContactChanged as well), another device",
    ),
    Row(
        place="messages[]",
        words=("unsupported",),
        becomes="MessageReceived UNSUPPORTED",
        since=BEGAN,
        note="a placeholder: 131060 open the app, else ask the contact",
    ),
    Row(
        place="messages[]",
        words=("ephemeral",),
        becomes="MessageReceived UNSUPPORTED",
        note="view-once and vanishing messages; words that come along are kept",
    ),
    Row(
        place="messages[]",
        words=("reaction",),
        becomes="ReactionChanged",
        since=BEGAN,
        note="an empty emoji or none: taken off; in echoes the business's own",
    ),
    Row(
        place="messages[]",
        words=("edit",),
        becomes="MessageEdited",
        note="text or caption; documented for coexistence",
    ),
    Row(place="messages[]", words=("revoke",), becomes="MessageDeleted", note="documented for coexistence"),
    Row(
        place="messages[]",
        words=("request_welcome",),
        becomes="ConversationNoted conversation_opened",
        since=BEGAN,
    ),
    Row(
        place="interactive",
        words=("button_reply", "list_reply"),
        becomes="MessageReceived REPLY",
        since=BEGAN,
        note="the title is the text",
    ),
    Row(
        place="interactive", words=("call_permission_reply",), becomes="MessageReceived REPLY", since="~2025"
    ),
    Row(
        place="interactive",
        words=("nfm_reply",),
        becomes="MessageReceived FORM",
        since="~2023",
        note="a flow or an address; `payload.form` holds the answers, unless `response_json` is broken",
    ),
]
STATUSES: list[Row] = [
    Row(place="statuses[]", words=("sent",), becomes="DeliveryChanged SENT", since=BEGAN),
    Row(place="statuses[]", words=("delivered",), becomes="DeliveryChanged DELIVERED", since=BEGAN),
    Row(place="statuses[]", words=("read",), becomes="DeliveryChanged READ", since=BEGAN),
    Row(
        place="statuses[]",
        words=("played",),
        becomes="DeliveryChanged PLAYED",
        note="not yet in Meta's OpenAPI document of 2025-11",
    ),
    Row(
        place="statuses[]",
        words=("failed",),
        becomes="DeliveryChanged FAILED",
        since=BEGAN,
        note="the first error is the failure; 131050 also stops marketing in that conversation",
    ),
    Row(
        place="statuses[].type",
        words=("call",),
        becomes="ConversationNoted call_changed",
        since="2025",
        note="of a call that the business made",
    ),
    Row(
        place="statuses[].type",
        words=("payment",),
        becomes="ConversationNoted purchase",
        note="of a message that asked for one",
    ),
    Row(place="statuses[]", words=("deleted",), becomes="Unrecognised status", note="the contact's own copy"),
]
LISTS: list[Row] = [
    Row(
        place="value",
        words=("messages",),
        becomes="MessageReceived TEXT",
        since=BEGAN,
        note="see `messages[]`",
    ),
    Row(
        place="value",
        words=("message_echoes",),
        becomes="MessageEchoed TEXT",
        note="what was written in the app on the phone; kinds as in `messages[]`, edits and revokes too",
    ),
    Row(
        place="value",
        words=("statuses",),
        becomes="DeliveryChanged READ",
        since=BEGAN,
        note="see `statuses[]`",
    ),
    Row(
        place="value",
        words=("errors",),
        becomes="Unrecognised error",
        since=BEGAN,
        note="the code is its word",
    ),
    Row(
        place="value",
        words=("calls",),
        becomes="MessageReceived CALL",
        since="2025",
        note="who called; see `calls[]`",
    ),
    Row(
        place="value", words=("groups",), becomes="AccountChanged group", since="2025", note="see `groups[]`"
    ),
    Row(
        place="value",
        words=("user_preferences",),
        becomes="ConversationNoted marketing_stopped",
        since="2025",
        note="`marketing` of the conversation",
    ),
    Row(
        place="value",
        words=("user_id_update",),
        becomes="ContactChanged",
        since="2026",
        note="the person stays the same contact",
    ),
    Row(
        place="value",
        words=("state_sync",),
        becomes="ContactListed",
        note="coexistence: a name in the phone's address book",
    ),
    Row(
        place="value",
        words=("history",),
        becomes="HistoryTold",
        note="coexistence; filed later, as history",
    ),
    Row(
        place="calls[]",
        words=("terminate",),
        becomes="ConversationNoted call_ended",
        since="2025",
        note="with its length",
    ),
    Row(
        place="calls[]",
        words=("recording_available", "transcription_available", "status", "ringing", "accepted", "rejected"),
        becomes="ConversationNoted call_changed",
        since="2025",
        note="also as statuses of type `call`",
    ),
    Row(
        place="user_preferences[]",
        words=("stop",),
        becomes="ConversationNoted marketing_stopped",
        since="2025",
    ),
    Row(
        place="user_preferences[]",
        words=("resume",),
        becomes="ConversationNoted marketing_allowed",
        since="2025",
    ),
    Row(place="user_preferences[]", words=("signup",), becomes="ConversationNoted opted_in"),
    Row(
        place="groups[]",
        words=(
            "group_create",
            "group_delete",
            "group_participants_add",
            "group_participants_remove",
            "group_add_participants",
            "group_remove_participants",
            "group_join_request_created",
            "group_join_request_revoked",
            "group_settings_update",
            "group_suspend",
            "group_suspend_cleared",
        ),
        becomes="AccountChanged group",
        since="2025",
        note="a message in a group is one of its writer, on standby",
    ),
]
EVENTS: list[Row] = [
    Row(
        place="account_update",
        words=("PARTNER_APP_UNINSTALLED", "PARTNER_REMOVED", "ACCOUNT_DELETED"),
        becomes="AccessRevoked",
        note="of another app: AccountChanged partner",
    ),
    Row(
        place="account_update",
        words=("ACCOUNT_RESTRICTION", "DISABLED_UPDATE"),
        becomes="AccountChanged restriction",
        note="shows in health until it ends; `REINSTATE` lifts it",
    ),
    Row(place="account_update", words=("ACCOUNT_VIOLATION",), becomes="AccountChanged violation"),
    Row(
        place="account_update",
        words=(
            "ACCOUNT_OFFBOARDED",
            "ACCOUNT_RECONNECTED",
            "AD_ACCOUNT_LINKED",
            "MM_LITE_TERMS_SIGNED",
            "PARTNER_ADDED",
            "PARTNER_APP_INSTALLED",
        ),
        becomes="AccountChanged partner",
    ),
    Row(
        place="account_update",
        words=("AUTH_INTL_PRICE_ELIGIBILITY_UPDATE", "VOLUME_BASED_PRICING_TIER_UPDATE"),
        becomes="AccountChanged pricing",
        since="2025",
    ),
    Row(
        place="account_update",
        words=("BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",),
        becomes="AccountChanged settings",
    ),
    Row(
        place="account_update",
        words=("PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE",),
        becomes="AccountChanged review",
    ),
]
FIELDS: list[Row] = [
    Row(
        place="field",
        words=(
            "message_template_status_update",
            "message_template_quality_update",
            "message_template_components_update",
            "template_category_update",
            "template_correct_category_detection",
        ),
        becomes="AccountChanged template",
        note="`subject` is the template's id",
    ),
    Row(
        place="field",
        words=("phone_number_quality_update",),
        becomes="AccountChanged quality",
        note="of one number of the account",
    ),
    Row(
        place="field",
        words=("phone_number_name_update", "business_username_updates"),
        becomes="AccountChanged name",
    ),
    Row(place="field", words=("business_capability_update",), becomes="AccountChanged limit"),
    Row(
        place="field",
        words=("account_review_update",),
        becomes="AccountChanged review",
        note="`REJECTED` shows in health",
    ),
    Row(place="field", words=("account_alerts",), becomes="AccountChanged alert"),
    Row(place="field", words=("security",), becomes="AccountChanged security"),
    Row(place="field", words=("account_settings_update", "flows"), becomes="AccountChanged settings"),
    Row(place="field", words=("payment_configuration_update",), becomes="AccountChanged payment"),
    Row(place="field", words=("partner_solutions",), becomes="AccountChanged partner"),
    Row(place="field", words=("automatic_events",), becomes="AccountChanged signal", since="2025"),
]

ROWS: list[Row] = [*LISTS[:8], *MESSAGES, *STATUSES, *LISTS[8:], *EVENTS, *FIELDS]
