"""The pages for a person: the consent dialog and the customer's phone."""

from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from backend.simulator.dialog import Asked, Decision, DialogError, chosen_accounts, decide, read_request
from backend.simulator.graph.door import graph
from backend.simulator.permissions import ALWAYS_GRANTED, PERMISSIONS, can_choose
from backend.simulator.records import Record, User
from backend.simulator.simulation import Simulation

PAGES = Path(__file__).parent / "pages"
EXPLAINED = {
    "public_profile": "Your name and profile picture",
    "email": "Your email address",
    "business_management": "Manage your business portfolio",
    "pages_show_list": "Show a list of the Pages you manage",
    "pages_messaging": "Manage and access Page conversations in Messenger",
    "pages_manage_metadata": "Manage accounts, settings and webhooks for a Page",
    "pages_read_engagement": "Read content posted on the Page",
    "pages_read_user_content": "Read what people post on the Page",
    "pages_manage_engagement": "Answer comments on the Page",
    "pages_utility_messaging": "Send utility messages",
    "instagram_basic": "Access profile and posts of the Instagram account",
    "instagram_manage_messages": "Manage and access Instagram messages",
    "instagram_manage_comments": "Manage Instagram comments",
    "whatsapp_business_management": "Manage your WhatsApp business accounts",
    "whatsapp_business_messaging": "Send and receive WhatsApp messages",
}


def page(name: str, **values: str) -> str:
    return Template((PAGES / name).read_text(encoding="utf-8")).substitute(values)


async def show_dialog(request: Request) -> Response:
    """Ask the person; an app that asks wrongly gets Meta's words instead."""
    sim: Simulation = request.app.state.sim
    try:
        asked = read_request(sim, request.url.query)
    except DialogError as error:
        return HTMLResponse(page("refusal.html", message=escape(str(error))), status_code=400)
    body = page(
        "dialog.html",
        action="/dialog/oauth",
        query=escape(request.url.query),
        people="".join(person_option(user) for user in sim.world.users),
        accounts=ACCOUNTS.format("".join(person_accounts(sim, user, asked) for user in sim.world.users)),
        permissions="".join(permission_box(sim, asked, scope) for scope in asked.scopes),
    )
    return HTMLResponse(body)


def person_option(user: User) -> str:
    return f'<option value="{user.id}">{escape(user.name)}</option>'


def person_accounts(sim: Simulation, user: User, asked: Asked) -> str:
    """The person's accounts of the kinds asked for, one group for each person."""
    held = sim.world
    kinds = {kind for scope in asked.scopes if (kind := PERMISSIONS[scope])}
    rows: list[tuple[str, Record, str]] = [("Facebook Page", page, page.name) for page in held.pages]
    rows += [("Instagram", one, f"{one.name} · @{one.username}") for one in held.instagrams]
    for account in held.business_accounts:
        numbers = ", ".join(number.display for number in held.numbers_of(account.id))
        rows.append(("WhatsApp", account, f"{account.name} · {numbers}"))
    owned = [row for row in rows if held.owner_of(row[1].id) is user and type(row[1]) in kinds]
    mine = [row for row in owned if can_choose(held, user.id, row[1])]
    boxes = "".join(account_box(word, one.id, name) for word, one, name in mine)
    return f'<div class="group" data-user="{user.id}">{boxes or NO_ACCOUNTS}</div>'


ACCOUNTS = "<fieldset><legend>Accounts</legend>{}</fieldset>"
NO_ACCOUNTS = '<p class="none">This person has no account of this kind.</p>'


def account_box(kind: str, key: str, name: str) -> str:
    return (
        f'<label class="row"><input type="checkbox" name="account" value="{key}" checked>'
        f"<span><b>{escape(name)}</b><small>{kind}</small></span></label>"
    )


def permission_box(sim: Simulation, asked: Asked, scope: str) -> str:
    """A permission to untick; whoever declined it before is not asked again unless the app insists."""
    fixed = " disabled" if scope == ALWAYS_GRANTED else ""
    declined = (
        "" if asked.asks_again else " ".join(user.id for user in sim.world.users if scope in user.declined)
    )
    return (
        f'<label class="row" data-declined="{declined}"><input type="checkbox" name="scope" value="{scope}"'
        f" checked{fixed}><span><b>{EXPLAINED[scope]}</b><small>{scope}</small></span></label>"
    )


async def answer_dialog(request: Request) -> Response:
    """Send the browser back to the app with what the person decided."""
    sim: Simulation = request.app.state.sim
    form = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    given = dict(form)
    try:
        asked = read_request(sim, given.get("query", ""))
        url = decide(sim, asked, decision_of(sim, asked, form))
    except DialogError as error:
        return HTMLResponse(page("refusal.html", message=escape(str(error))), status_code=400)
    sim.store.commit()
    return RedirectResponse(url, status_code=302)


def decision_of(sim: Simulation, asked: Asked, form: list[tuple[str, str]]) -> Decision:
    given = dict(form)
    user = sim.world.users.get(given.get("user", ""))
    if user is None:
        raise DialogError("Choose who you are.")
    owned = {key for name, key in form if name == "account"}
    accounts = [
        key for key in owned if (owner := sim.world.owner_of(key)) is not None and owner.id == user.id
    ]
    ticked = {scope for name, scope in form if name == "scope"}
    return Decision(
        user=user,
        accounts=chosen_accounts(sim, user, accounts),
        denied=frozenset(asked.scopes) - ticked,
        cancelled=given.get("decision") != "allow",
    )


async def front(request: Request) -> Response:
    """The customer's phone for a browser; anybody else gets what Graph says at its root."""
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return HTMLResponse((PAGES / "phone.html").read_text(encoding="utf-8"))
    return await graph(request)


# What the phone's page is made of, besides itself.
PARTS = {
    "phone.css": "text/css",
    **dict.fromkeys(
        ("phone.js", "dom.js", "icons.js", "bubbles.js", "acts.js", "menu.js"), "text/javascript"
    ),
}


async def show_part(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in PARTS:
        return Response(status_code=404)
    return Response((PAGES / name).read_text(encoding="utf-8"), media_type=PARTS[name])


ROUTES = [
    Route("/", front, methods=["GET", "POST"]),
    Route("/sim/page/{name}", show_part, methods=["GET"]),
    *(
        Route(f"{prefix}/dialog/oauth", endpoint, methods=[method])
        for prefix in ("", "/{version}")
        for method, endpoint in (("GET", show_dialog), ("POST", answer_dialog))
    ),
]
