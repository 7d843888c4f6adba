"""Contacts that were there before get their aliases; two that hold spellings of one number are merged as they write."""

from django.db import migrations

from backend.lib.phone import spellings_of

BATCH = 1_000


def fill(apps, _schema_editor):
    Contact = apps.get_model("conversations", "Contact")
    ContactAlias = apps.get_model("conversations", "ContactAlias")
    people = Contact.objects.filter(integration__platform="WHATSAPP").order_by("pk")
    # At first what each was called by, so that nobody is called as somebody else is.
    for own_id_only in (True, False):
        last = None
        while batch := list(people.filter(**({"pk__gt": last} if last else {}))[:BATCH]):
            last = batch[-1].pk
            ContactAlias.objects.bulk_create(
                [
                    ContactAlias(
                        integration_id=contact.integration_id,
                        account_id=contact.account_id,
                        external_id=name,
                        contact_id=contact.pk,
                    )
                    for contact in batch
                    for name in ((contact.external_id,) if own_id_only else names_of(contact))
                ],
                ignore_conflicts=True,
            )
            if not own_id_only:
                keep(Contact, ContactAlias, batch)


def names_of(contact):
    number = contact.phone or (contact.external_id if contact.external_id.isdigit() else "")
    return dict.fromkeys(filter(None, (contact.external_id, *spellings_of(number), contact.user_id)))


def keep(Contact, ContactAlias, batch):
    names = {contact.pk: [] for contact in batch}
    rows = ContactAlias.objects.filter(contact_id__in=list(names)).order_by("pk")
    for contact_id, name in rows.values_list("contact_id", "external_id"):
        names[contact_id].append(name)
    for contact in batch:
        contact.aliases = names[contact.pk]
    Contact.objects.bulk_update(batch, ["aliases"], batch_size=200)


class Migration(migrations.Migration):

    dependencies = [
        ("conversations", "0006_contact_aliases"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
