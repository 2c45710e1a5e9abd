"""`/oauth/token`: tokens for machines (RFC 6749, client credentials)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from almoner.core.errors import Unauthenticated, Unavailable
from almoner_graphql.endpoint import Services
from almoner_graphql.errors import database_facts, is_storable

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 20


class _Refused(Exception):
    """An error of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


async def token_endpoint(request: Request) -> Response:
    """Exchange a client id and its secret for an access token."""
    services: Services = request.app.state.services
    try:
        form = await _form(request)
        client_id, secret = _credentials(request.headers.get("authorization"), form)
        _check_grant(form)
        if not is_storable(client_id + secret):
            raise Unauthenticated("The name or the password is wrong.")
        with database_facts():
            token = await services.house.sign_in_machine(client_id=client_id, secret=secret)
    except _Refused as refused:
        return _refusal(refused)
    except Unauthenticated as error:
        return _refusal(_Refused("invalid_client", str(error), 401))
    except Unavailable as error:
        return _refusal(_Refused("temporarily_unavailable", str(error), 503))
    seconds = int((token.expires_at - services.house.clock()).total_seconds())
    body = {"access_token": token.text, "token_type": "Bearer", "expires_in": seconds}
    return JSONResponse(body, headers=_NO_STORE)


def _refusal(refused: _Refused) -> Response:
    headers = {**_NO_STORE, "WWW-Authenticate": 'Basic realm="almoner"'} if refused.status == 401 else _NO_STORE
    body = {"error": refused.error, "error_description": str(refused)}
    return JSONResponse(body, status_code=refused.status, headers=headers)


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise _Refused("invalid_request", f"Send the parameters as {_FORM}.")
    try:
        text = (await request.body()).decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise _Refused("invalid_request", f"The body is no {_FORM}.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise _Refused("invalid_request", "Give each parameter once.")
    return form


def _credentials(header: str | None, form: dict[str, str]) -> tuple[str, str]:
    in_form = "client_secret" in form
    if header is not None:
        if in_form:
            raise _Refused("invalid_request", "Authenticate in the header or in the body, not in both.")
        return _basic(header)
    if not in_form or "client_id" not in form:
        raise _Refused("invalid_client", "Send client_id and client_secret, in the header (Basic) or the body.", 401)
    return form["client_id"], form["client_secret"]


def _basic(header: str) -> tuple[str, str]:
    kind, _, value = header.strip().partition(" ")
    try:
        if kind.lower() != "basic":
            raise ValueError(kind)
        client_id, colon, secret = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
        if not colon:
            raise ValueError("no colon")
    except (binascii.Error, ValueError):
        raise _Refused("invalid_client", "The Authorization header is no Basic authentication.", 401) from None
    # RFC 6749, section 2.3.1: both are form-encoded before they are joined.
    return unquote_plus(client_id), unquote_plus(secret)


def _check_grant(form: dict[str, str]) -> None:
    grant = form.get("grant_type")
    if not grant:
        raise _Refused("invalid_request", "Send grant_type=client_credentials.")
    if grant != "client_credentials":
        raise _Refused("unsupported_grant_type", "Only client_credentials is taken.")
    if form.get("scope"):
        raise _Refused("invalid_scope", "There are no scopes; what a client may do follows from its roles.")
