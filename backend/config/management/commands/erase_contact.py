from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from backend.conversations.models import Contact, Message
from backend.conversations.record import erase_contact
from backend.lib.phone import digits_of
from backend.receiving import erasing


class Command(BaseCommand):
    help = (
        "Erase a person: contact, conversation, messages, and what the stored webhook events hold of them. Only keyed "
        "hashes stay, so that no late delivery brings anything back. Shows whom it found and asks first. "
        "Safe to stop: each person is erased whole or not at all, and the worker goes on with the webhook events."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--business", required=True, help="the id of the business")
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--id", type=UUID, help="the contact's id, as the API shows it")
        who.add_argument("--phone", help="the telephone number with country code, however it is written")
        who.add_argument("--external-id", help="the platform's id of the person")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(
            Contact.objects.of(options["business"]).filter(_who(options)).select_related("integration")
        )
        if not found:
            raise CommandError("Nobody was found; nothing is changed.")
        for contact in found:
            self._show(contact)
        if not options["yes"] and input("Erase for good? [y/N] ").strip().lower() != "y":
            raise CommandError("Nothing was erased.")
        for contact in found:
            erase_contact(contact.pk)
            self.stdout.write(f"{contact.pk} is erased.")
        self._search()

    def _show(self, contact: Contact) -> None:
        messages = Message.objects.filter(conversation__contact=contact).count()
        named = contact.name or contact.username or "without a name"
        self.stdout.write(
            f"{contact.pk} {contact.integration.platform} {contact.external_id} {named}: {messages:,} messages"
        )

    def _search(self) -> None:
        self.stdout.write("Searching the stored webhook events ...")
        while erasing.drain():
            pass
        self.stdout.write("Nothing of them is left.")


def _who(options: dict[str, Any]) -> Q:
    if options["id"]:
        return Q(pk=options["id"])
    if options["phone"]:
        digits = digits_of(options["phone"])
        if not digits:
            raise CommandError("This is no telephone number.")
        return Q(phone=digits) | Q(external_id=digits)
    return Q(external_id=options["external_id"])
