"""What the application really serves. Not `app.routes`: since FastAPI 0.137 that hides what routers bring."""

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.routers._deps import Entrance

PAGES = {"/openapi.json", "/docs", "/docs/oauth2-redirect"}
FOR_ANYBODY = {  # nobody is signed in yet, or nothing is told
    "POST /api/v1/auth/token",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/invitations/accept",
    "GET /calendars/{secret}.ics",  # whoever has the address
    "GET /calendars/own/{secret}.ics",
    "GET /health/live",
    "GET /health/ready",
}


def served(app: FastAPI) -> dict[str, Dependant | None]:
    """Every operation that the app answers, with what it depends on."""
    return {
        f"{verb} {route.path}": getattr(route, "dependant", None)
        for route in iter_route_contexts(app.routes)
        for verb in (route.methods or {"ANY"}) - {"HEAD"}
        if route.path not in PAGES
    }


def documented(app: FastAPI) -> dict[str, set[str]]:
    """Every operation of the API description, with the statuses that it may answer."""
    return {
        f"{verb.upper()} {path}": set(described["responses"])
        for path, verbs in app.openapi()["paths"].items()
        for verb, described in verbs.items()
    }


def unguarded(app: FastAPI) -> set[str]:
    """Operations that never ask who is calling."""
    return {name for name, needs in served(app).items() if not (needs and _asks_who(needs))} - FOR_ANYBODY


def _asks_who(needs: Dependant) -> bool:
    return isinstance(needs.call, Entrance) or any(map(_asks_who, needs.dependencies))
