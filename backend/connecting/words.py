"""What each step of connecting is called for a shop owner."""

from __future__ import annotations

# Step -> what it is when it is done, and what is said while it is not.
DONE = {
    "verify_grant": "The platform accepts the access that was given.",
    "check_account": "The account belongs to this access.",
    "check_number": "The number belongs to this access.",
    "subscribe": "New messages of this account are sent to this service.",
    "override_webhook": "WhatsApp has verified the number's own webhook address.",
    "register": "The number is registered for sending.",
    "read_number": "The number's name, quality and limits are known.",
    "sync_contacts": "The phone was asked for its contacts.",
    "sync_history": "The phone was asked for its history.",
}
TO_DO = {
    "verify_grant": "The access is not verified yet.",
    "check_account": "The account is not checked yet.",
    "check_number": "The number is not checked yet.",
    "subscribe": "New messages of this account are not sent to this service yet.",
    "override_webhook": "The number has no webhook address of its own yet.",
    "register": "The number is not registered for sending yet.",
    "read_number": "The number's name, quality and limits are not known yet.",
    "sync_contacts": "The phone was not asked for its contacts yet.",
    "sync_history": "The phone was not asked for its history yet.",
}

IN_REVIEW = "WhatsApp is still reviewing the number's display name."
WAIT = "Nothing to do: it is tried again by itself until the name is approved."
NAME_DECLINED = "WhatsApp did not approve the number's display name."
CHANGE_NAME = "Change the display name in WhatsApp Manager, then connect again."
AGAIN_BY_ITSELF = "Nothing to do: it is tried again by itself. If it stays, connect again."
CONNECT_AGAIN = "Connect again the same way: it goes on at this step."
INTERRUPTED = "Connecting was interrupted before the platform's answer was kept."
POPUP_AGAIN = "Open the popup again: the platform's code can be used once only."
NOT_GRANTED = "Permissions that are needed were not granted: {permissions}."
ASK_AGAIN = "Open the dialog again and allow them; it asks for just these."
ASK_AGAIN_BY_CONFIGURATION = (
    "Open the dialog again and allow all that it asks for. If it does not name them, ask the operator of this service "
    "to add them to the login configuration at Meta."
)
ARRIVED = "Webhooks of this account arrive; the last one came on {last}."
SILENT = "Somebody wrote on {newest}, and no webhook has told of it; the last one came: {last}."
# Checks that say where the webhooks of an account go.
WAYS_OF_WEBHOOKS = (
    "webhook_subscribed",
    "webhook_fields",
    "app_webhook_address",
    "app_webhook_fields",
    "own_webhook",
    "message_access",
    "account_linked",
    "advanced_access",
)
MEND_THE_WAY_FIRST = "First do what the other checks that fail ask for: they say why nothing comes."
# No call of the platform tells whether an app is live, so these can only be named.
WHY_SILENT = (
    "Possible causes: the app is still in development mode, or lacks Advanced Access, so that Meta tells only of "
    "people who have a role on it; or Meta was answered with errors for an hour and has stopped. Ask the operator of "
    "this service to look at the app's mode, its access levels and the alerts in the app's dashboard at Meta, then "
    "connect the account again."
)
DATA_ACCESS = "The platform shows the data of the account's login until {date}."
DATA_ACCESS_OVER = "The platform stopped to show the data of the account's login on {date}."
TOO_LATE = "Connecting was not finished in time."
SUPERSEDED = "Left out: the account was disconnected, or connected anew, before."
NOT_HTTPS = "Left out: Meta takes https addresses only, and this service has none."
APP_PATH = "Nothing to do: messages arrive at the webhook address of the whole app."
ON_THE_PHONE = "Left out: a number that stays in the WhatsApp Business app is registered already."
REGISTERED = "Left out: the number is registered already."
NOT_ON_THE_PHONE = "Left out: the number does not stay in the WhatsApp Business app."
ASKED_BEFORE = "Left out: the phone was asked before, and must not be asked twice."
NOT_SHARED = "Left out: the business chose not to share it."
PERHAPS_ASKED = "Nobody knows whether WhatsApp took the request; it is never repeated."
NOT_TOLD = "The platform has not heard yet that this account was left."
TOLD_BY_ITSELF = "Nothing to do: it is told again by itself, for ten days."
OFFBOARD = (
    "If nothing arrives within a day: disconnect the number in the WhatsApp Business app, under Settings, Account, "
    "Business Platform, and connect it again."
)
WITHIN_A_DAY = (
    "Connect again the same way within a day of adding the number: the phone is then asked once more."
)
