"""Message templates of WhatsApp business accounts: four that all have, and those that were created."""

import json
import re
from typing import Any

from backend.simulator import ids
from backend.simulator.graph.access import need_scope
from backend.simulator.graph.call import Call
from backend.simulator.graph.errors import bad_parameter, missing_parameter
from backend.simulator.graph.login_codes import in_own_words
from backend.simulator.graph.paging import paged
from backend.simulator.graph.preset_templates import PRESET
from backend.simulator.graph.subscriptions import words
from backend.simulator.graph.whatsapp import MANAGE
from backend.simulator.records import BusinessAccount, Template, Token
from backend.simulator.world import World

Json = dict[str, Any]

NAME = re.compile(r"^[a-z0-9_]{1,512}$")
CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
COMPONENTS = ("HEADER", "BODY", "FOOTER", "BUTTONS", "CAROUSEL", "LIMITED_TIME_OFFER")
MOST_TEMPLATES = 250
FILTERS = ("name", "language", "status", "category")


def templates_of(world: World, account_id: str) -> list[Json]:
    """Every template that the business account can send, as Meta describes it."""
    own = [described(one) for one in world.templates if one.business_account_id == account_id]
    usual = {"parameter_format": "POSITIONAL", "quality_score": {"score": "GREEN", "date": 1735689600}}
    return [*({**usual, **row} for row in json.loads(json.dumps(PRESET))), *own]


def components_news(template: Template) -> Json:
    """The template's parts as a webhook names them."""
    words = {"HEADER": "message_template_title", "BODY": "message_template_element"}
    names = {**words, "FOOTER": "message_template_footer"}
    return {
        names[part["type"]]: part["text"]
        for part in template.components
        if part["type"] in names and part.get("text")
    }


def described(template: Template) -> Json:
    shown: Json = {
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "parameter_format": template.parameter_format,
        "components": template.components,
        "quality_score": {"score": template.quality, "date": int(template.rated_at)},
    }
    return {**shown, "rejected_reason": template.reason} if template.status == "REJECTED" else shown


async def list_templates(call: Call, token: Token, account: BusinessAccount) -> Json:
    need_scope(token, MANAGE)
    rows = templates_of(call.sim.world, account.id)
    for name in FILTERS:
        wanted = words(call.json(name))
        rows = [row for row in rows if not wanted or row[name].lower() in {one.lower() for one in wanted}]
    listed = paged(call, [(row["id"], row) for row in rows], lambda row: chosen(call, row))
    wanted = words(call.text("summary"))
    return {**listed, "summary": summary(rows, wanted)} if wanted else listed


def summary(rows: list[Json], wanted: list[str]) -> Json:
    """The counts asked for."""
    counts = {
        "total_count": len(rows),
        "message_template_count": len({row["name"] for row in rows}),
        "message_template_limit": MOST_TEMPLATES,
        "are_translations_complete": True,
    }
    return {name: value for name, value in counts.items() if name in wanted}


def chosen(call: Call, row: Json) -> Json:
    return {name: value for name, value in row.items() if not call.fields or name in (*call.fields, "id")}


async def show_template(call: Call, token: Token, template: Template) -> Json:
    need_scope(token, MANAGE)
    return chosen(call, described(template))


async def create_template(call: Call, token: Token, account: BusinessAccount) -> Json:
    """Hand a template in; it can be sent once Meta has approved it."""
    need_scope(token, MANAGE)
    for name in ("name", "category", "language"):
        if not call.text(name):
            raise missing_parameter(name)
    if not NAME.match(call.text("name")):
        raise bad_parameter("Param name may hold lower case letters, digits and underscores only")
    template = Template(
        id=ids.template_id(),
        business_account_id=account.id,
        name=call.text("name"),
        language=call.text("language"),
        category=checked_category(call),
        status="PENDING",
        components=checked_components(call),
        parameter_format=call.text("parameter_format", "POSITIONAL").upper(),
    )
    check_place(call, account, template)
    call.sim.world.templates.put(template)
    return {"id": template.id, "status": template.status, "category": template.category}


def check_place(call: Call, account: BusinessAccount, template: Template) -> None:
    rows = templates_of(call.sim.world, account.id)
    if any((row["name"], row["language"]) == (template.name, template.language) for row in rows):
        raise bad_parameter("There is already content in this language for this template.", 2388024)
    if len(rows) >= MOST_TEMPLATES:
        raise bad_parameter("The business account has as many templates as it may have.", 2388019)


def checked_category(call: Call) -> str:
    category = call.text("category").upper()
    if category not in CATEGORIES:
        raise bad_parameter(f"Param category must be one of {{{', '.join(CATEGORIES)}}}")
    return category


def checked_components(call: Call) -> list[Json]:
    """The parts of the template: known ones, one of them a body."""
    components = call.json("components")
    if not isinstance(components, list) or not all(isinstance(part, dict) for part in components):
        raise missing_parameter("components")
    parts = [{**part, "type": str(part.get("type", "")).upper()} for part in components]
    for place, part in enumerate(parts):
        if part["type"] not in COMPONENTS:
            raise bad_parameter(
                f"Param components[{place}]['type'] must be one of {{{', '.join(COMPONENTS)}}}"
            )
    is_for_logins = call.text("category").upper() == "AUTHENTICATION"
    body = next((part for part in parts if part["type"] == "BODY"), None)
    if body is None or not (body.get("text") or is_for_logins):
        raise bad_parameter("A template needs a component of type BODY with a text")
    return [in_own_words(part) for part in parts] if is_for_logins else parts


async def edit_template(call: Call, token: Token, template: Template) -> Json:
    """Change the template; it has to be approved again."""
    need_scope(token, MANAGE)
    if "components" in call.params:
        template.components = checked_components(call)
    if "category" in call.params:
        template.category = checked_category(call)
    template.status = "PENDING"
    call.sim.world.templates.put(template)
    return {"success": True, "id": template.id, "name": template.name, "category": template.category}


async def delete_templates(call: Call, token: Token, account: BusinessAccount) -> Json:
    """Remove a template in all its languages, or one by its id."""
    need_scope(token, MANAGE)
    if not call.text("name"):
        raise missing_parameter("name")
    wanted = (call.text("name"), call.text("hsm_id"))
    found = [
        one
        for one in call.sim.world.templates
        if one.business_account_id == account.id and one.name == wanted[0] and wanted[1] in ("", one.id)
    ]
    if not found:
        raise bad_parameter("Message template not found", 2593002)
    for template in found:
        call.sim.world.templates.discard(template)
    return {"success": True}
