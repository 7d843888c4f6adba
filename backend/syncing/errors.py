"""Why an import does not begin, in words for a shop owner."""

from backend.lib.refusal import Refusal


class NotConnected(Refusal):
    code = "not_connected"
    message = "This account is not connected."
    resolution = "Connect it in the settings, then import again."


class NoHistory(Refusal):
    code = "unsupported_by_platform"
    message = "This platform does not read old conversations back."
    resolution = (
        "A WhatsApp number that stays in the WhatsApp Business app hands its history over by itself, once, when it is "
        "connected. Other numbers have none to hand over."
    )


class HistoryNotAllowed(Refusal):
    code = "permission_missing"
    message = "To read old conversations, a permission is missing: {missing}."
    resolution = "Connect the account again and allow every permission that is asked for."


class ImportRunning(Refusal):
    code = "import_running"
    message = "An import of this account is running."
    resolution = "Wait until it is done; its progress tells."
