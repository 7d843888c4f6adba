from __future__ import annotations

from itertools import count

from backend.lib.json_types import JSONObject


def nest_messaging(word: str, account_id: str, entries: list[list[list[str]]]) -> JSONObject:
    """An event of Messenger or Instagram: live messages, then standby, then the form of the test button."""
    numbers = count(1)

    def item(text: str) -> JSONObject:
        return {
            "sender": {"id": "2000000000000011"},
            "recipient": {"id": account_id},
            "timestamp": 1772998024000,
            "message": {"mid": f"m_{next(numbers)}", "text": text},
        }

    def entry(groups: list[list[str]]) -> JSONObject:
        items = [[item(text) for text in group] for group in groups]
        made: JSONObject = {"id": account_id, "time": 1772998024100}
        made |= dict(zip(("messaging", "standby"), items, strict=False))
        made["changes"] = [{"field": "messages", "value": value} for group in items[2:] for value in group]
        return made

    return {"object": word, "entry": [entry(groups) for groups in entries]}


def nest_changes(waba_id: str, number_id: str, entries: list[list[list[str]]]) -> JSONObject:
    """An event of WhatsApp: several messages in several changes."""
    numbers = count(1)

    def message(text: str) -> JSONObject:
        return {
            "from": "16505551234",
            "id": f"wamid.{next(numbers)}",
            "timestamp": "1749416383",
            "type": "text",
            "text": {"body": text},
        }

    def change(texts: list[str]) -> JSONObject:
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": number_id},
            "contacts": [{"profile": {"name": "Sheena"}, "wa_id": "16505551234"}],
            "messages": [message(text) for text in texts],
        }
        return {"field": "messages", "value": value}

    made = [{"id": waba_id, "changes": [change(texts) for texts in groups]} for groups in entries]
    return {"object": "whatsapp_business_account", "entry": made}
