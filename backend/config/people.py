"""Logins that a command makes."""

from __future__ import annotations

import getpass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email

from backend.businesses.models import User

SHORTEST_PASSWORD = 10


def login_of(email: str, password: str | None) -> User:
    """The person with this e-mail; a new login where there is none, its password is asked for. Raises CommandError."""
    email = email.strip().lower()
    known = User.objects.filter(email=email).first()
    if known:
        return known
    password = password or getpass.getpass(f"Password for {email}: ")
    try:
        validate_email(email)
        validate_password(password)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    if len(password) < SHORTEST_PASSWORD:
        raise CommandError(f"The password needs at least {SHORTEST_PASSWORD} characters.")
    return User.objects.create_user(email, password)
