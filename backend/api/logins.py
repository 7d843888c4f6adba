from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api import examples, words
from backend.api.addresses import client_ip
from backend.api.authentication import MemberRequest
from backend.api.door import FrontDoor, PublicDoor, checked
from backend.api.permissions import IsLoggedIn
from backend.api.schema import FOR_PEOPLE, operation
from backend.api.serializers import Answer, CamelCase, Choice, Shape, Text
from backend.businesses import logins
from backend.businesses.logins import Tokens
from backend.businesses.models import Membership

TAG = "Logins"


class Login(Shape):
    """Who you are."""

    email = Text(max_length=254)
    password = Text(max_length=1000)


class RefreshLogin(Shape):
    """The refresh token of the login, or of the refresh before."""

    refresh_token = Text(max_length=500)


class TokensAnswer(Answer):
    """Send `accessToken` as `Authorization: Bearer`; get new tokens with `refreshToken`, once, before it ends."""

    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds that `accessToken` lives.")


@extend_schema_serializer(component_name="User")
class UserOut(CamelCase):
    """A person."""

    id = serializers.UUIDField()
    email = serializers.CharField()
    name = serializers.CharField(allow_blank=True)


@extend_schema_serializer(component_name="Business")
class BusinessOut(CamelCase):
    """A business of the person, and what they may do there."""

    id = serializers.CharField(source="business_id")
    name = serializers.CharField(source="business.name")
    role = Choice(words.ROLES)


class MeAnswer(Answer):
    """Who is logged in. Members of several businesses send one of their ids as `X-Business-Id`."""

    user = UserOut()
    businesses = BusinessOut(many=True)


class LoginViewSet(PublicDoor):
    """Tokens for people."""

    @operation(
        "logIn",
        TAG,
        "Log in",
        request=Login,
        requests={"Login": {"email": "owner@demo.test", "password": "a long password"}},
        answer=TokensAnswer,
        examples={"Tokens": examples.TOKENS},
        refuses=(logins.InvalidCredentials, logins.LoginLocked(retry_after=38)),
        takes=(),
    )
    def token(self, request: Request) -> Response:
        """Ten failures within a minute, for one e-mail from one address, lock both for a minute."""
        login = checked(Login, request).validated_data
        user = logins.authenticate(login["email"], login["password"], client_ip(request) or "")
        return Response(_shown(logins.issue(user)))

    @operation(
        "refreshLogin",
        TAG,
        "Get new tokens",
        request=RefreshLogin,
        requests={"Refresh": {"refreshToken": examples.TOKENS["refreshToken"]}},
        answer=TokensAnswer,
        examples={"Tokens": examples.TOKENS},
        refuses=(logins.RefreshTokenInvalid, logins.RefreshTokenReused),
        takes=(),
    )
    def refresh(self, request: Request) -> Response:
        """A refresh token is good for one use; a second use voids every refresh token of that login."""
        return Response(_shown(logins.rotate(checked(RefreshLogin, request).validated_data["refresh_token"])))


class MeViewSet(FrontDoor):
    """The person behind the token."""

    permission_classes = (IsLoggedIn,)

    @operation(
        "getMe",
        TAG,
        "Who is logged in",
        answer=MeAnswer,
        examples={"Me": examples.ME},
        takes=FOR_PEOPLE,
    )
    def retrieve(self, request: MemberRequest) -> Response:
        """The person, and the businesses they are a member of."""
        memberships = Membership.objects.filter(user=request.user).select_related("business")
        return Response(
            MeAnswer({"user": request.user, "businesses": memberships.order_by("business__name")}).data
        )


def _shown(tokens: Tokens) -> Any:
    return TokensAnswer(
        {"access_token": tokens.access, "refresh_token": tokens.refresh, "expires_in": tokens.expires_in}
    ).data
