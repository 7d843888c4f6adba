"""The sandbox's people: two businesses that know nothing of each other."""

from __future__ import annotations

from backend.businesses.models import Business, Membership, Role, User

PASSWORD = "demo-password"  # noqa: S105  # Of the sandbox only; outside it nothing of this file runs.

BUSINESSES = {
    "demo-shop": "Demo Shop",
    "rival-shop": "Rival Shop",
}
PEOPLE = (
    ("owner@demo.test", "Olivia Owner", "demo-shop", Role.OWNER),
    ("admin@demo.test", "Adam Admin", "demo-shop", Role.ADMIN),
    ("agent@demo.test", "Agatha Agent", "demo-shop", Role.AGENT),
    ("owner@rival.test", "Ruth Rival", "rival-shop", Role.OWNER),
)
OPERATOR = ("operator@demo.test", "Otto Operator")


def seed_demo() -> bool:
    """Make what is missing; whether anything was. Keeps what is there, changed passwords too."""
    made = False
    for business_id, name in BUSINESSES.items():
        made |= Business.objects.get_or_create(pk=business_id, defaults={"name": name})[1]
    for email, name, business_id, role in PEOPLE:
        made |= _seed_person(email, name, business_id, role)
    return made | _seed_operator(*OPERATOR)


def _seed_person(email: str, name: str, business_id: str, role: Role) -> bool:
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, PASSWORD, name=name)
    return Membership.objects.get_or_create(user=user, business_id=business_id, defaults={"role": role})[1]


def _seed_operator(email: str, name: str) -> bool:
    if User.objects.filter(email=email).exists():
        return False
    User.objects.create_user(email, PASSWORD, name=name, is_staff=True)
    return True
