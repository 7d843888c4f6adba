from typing import Any

Json = dict[str, Any]


class GraphError(Exception):
    """What Meta answers instead of a result."""

    def __init__(
        self,
        message: str,
        code: int,
        subcode: int | None = None,
        *,
        status: int = 400,
        type: str = "OAuthException",
        transient: bool = False,
        details: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.subcode = subcode
        self.status = status
        self.type = type
        self.transient = transient
        self.details = details
        self.headers = headers or {}

    def envelope(self, trace_id: str) -> Json:
        error: Json = {"message": self.message, "type": self.type, "code": self.code}
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.transient:
            error["is_transient"] = True
        return {"error": {**error, "fbtrace_id": trace_id}}


def bad_parameter(text: str, subcode: int | None = None) -> GraphError:
    return GraphError(f"(#100) {text}", 100, subcode)


def missing_parameter(name: str) -> GraphError:
    return bad_parameter(f"The parameter {name} is required")


def unsupported(method: str, key: str) -> GraphError:
    """The object is unknown, or the token may not see it: Meta does not say which."""
    return GraphError(
        f"Unsupported {method.lower()} request. Object with ID '{key}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation. Please read the Graph API "
        "documentation at https://developers.facebook.com/docs/graph-api",
        100,
        33,
        type="GraphMethodException",
    )


def unknown_path(path: str) -> GraphError:
    return GraphError(f"Unknown path components: {path}", 2500)


def no_token() -> GraphError:
    return GraphError("An access token is required to request this resource.", 104, status=401)


def unreadable_token() -> GraphError:
    return GraphError("Invalid OAuth access token - Cannot parse access token", 190, status=401)


def token_expired(when: str) -> GraphError:
    text = f"Error validating access token: Session has expired on {when}."
    return GraphError(text, 190, 463, status=401)


# Subcode -> why a token is dead, in Meta's words.
DEAD = {
    458: "The user has not authorized application {app_id}.",
    459: "You cannot access the app till you log in to www.facebook.com and follow the instructions given.",
    460: "The session has been invalidated because the user changed their password or Facebook has changed the "
    "session for security reasons.",
    467: "The session is invalid because the user logged out.",
    492: "The user does not have a role on the Page, or the session of the role is invalid.",
}


def token_dead(app_id: str, subcode: int) -> GraphError:
    text = f"Error validating access token: {DEAD[subcode].format(app_id=app_id)}"
    return GraphError(text, 190, subcode, status=401)


def page_token_needed() -> GraphError:
    return GraphError("(#190) This method must be called with a Page Access Token", 190, status=401)


def permission_missing(scope: str, *, code: int = 200) -> GraphError:
    text = f"(#{code}) Requires {scope} permission to manage the object"
    return GraphError(text, code, status=403)


def outage() -> GraphError:
    return GraphError("Service temporarily unavailable", 2, status=503, type="OAuthException", transient=True)


class InstagramRefusal(Exception):
    """What Instagram's login host answers; its envelope is not Graph's, and its code repeats the status."""

    def __init__(self, message: str, *, type: str = "OAuthException", status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.type = type
        self.status = status

    def envelope(self) -> Json:
        return {"error_type": self.type, "code": self.status, "error_message": self.message}


RATE_LIMITS = {
    # Code -> what Meta says.
    4: "(#4) Application request limit reached",
    80007: "(#80007) Rate limit issues",
    130429: "(#130429) Rate limit hit",
}


def rate_limited(code: int, usage: str) -> GraphError:
    """Too many calls, with the usage header that says when to come back."""
    details = "Cloud API message throughput has been reached." if code == 130429 else ""
    headers = {"X-Business-Use-Case-Usage": usage}
    return GraphError(RATE_LIMITS[code], code, status=429, transient=True, details=details, headers=headers)
