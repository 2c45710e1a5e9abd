"""`/oauth/token`: tokens for machines (RFC 6749, client credentials) and fresh ones for people (refresh token).

`/oauth/revoke` ends the session of either kind of token (RFC 7009).
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from almoner.core.errors import SignInRefused, Unavailable
from almoner.identity.door import SignedIn
from almoner.identity.refresh import refresh, revoke_token
from almoner.identity.sign_in import sign_in_machine
from almoner.wiring import House
from almoner_graphql.endpoint import Services
from almoner_graphql.errors import database_facts, is_storable
from almoner_graphql.negotiation import Refused as TooMuch

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 20


class _Refused(Exception):
    """An error of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(description)
        self.error = error
        self.status = status
        self.headers = headers or {}


async def token_endpoint(request: Request) -> Response:
    """Exchange a client id and its secret, or a refresh token, for an access token."""
    services: Services = request.app.state.services
    try:
        await _admit(services, request)
        form = await _form(request)
        give = _GRANTS[_grant_type(form)]
        with database_facts():
            made = await give(request, services.house, form)
    except _Refused as refused:
        return _refusal(refused)
    except Unavailable as error:
        return _refusal(_Refused("temporarily_unavailable", str(error), 503))
    seconds = int((made.expires_at - services.house.clock()).total_seconds())
    body: dict[str, object] = {"access_token": made.text, "token_type": "Bearer", "expires_in": seconds}
    if made.refresh_token is not None:
        body["refresh_token"] = made.refresh_token
    return JSONResponse(body, headers=_NO_STORE)


async def revocation_endpoint(request: Request) -> Response:
    """End the session that a token belongs to. A token that is not valid (any more) answers in the same way."""
    services: Services = request.app.state.services
    try:
        await _admit(services, request)
        token = (await _form(request)).get("token")
        if not token:
            raise _Refused("invalid_request", "Send the token as `token`.")
        with database_facts():
            await revoke_token(services.house, token, request_id=request.state.request_id)
    except _Refused as refused:
        return _refusal(refused)
    except Unavailable as error:
        return _refusal(_Refused("temporarily_unavailable", str(error), 503))
    return Response(status_code=200, headers=_NO_STORE)


async def _admit(services: Services, request: Request) -> None:
    """Let somebody in who has not proved yet who they are: so many tries for each address."""
    try:
        await services.limits.admit(request.scope, None)
    except TooMuch as error:
        raise _Refused("temporarily_unavailable", str(error), error.status, error.headers) from None


async def _by_secret(request: Request, house: House, form: dict[str, str]) -> SignedIn:
    client_id, secret = _credentials(request.headers.get("authorization"), form)
    if form.get("scope"):
        raise _Refused("invalid_scope", "There are no scopes; what a client may do follows from its roles.")
    try:
        if not is_storable(client_id + secret):
            raise SignInRefused("The name or the password is wrong.")
        return await sign_in_machine(house, client_id=client_id, secret=secret, request_id=request.state.request_id)
    except SignInRefused as error:
        raise _Refused("invalid_client", str(error), 401) from None


async def _by_refresh_token(request: Request, house: House, form: dict[str, str]) -> SignedIn:
    """People's clients have no secret of their own: who holds the token may use it, once."""
    token = form.get("refresh_token")
    if not token:
        raise _Refused("invalid_request", "Send the refresh token as `refresh_token`.")
    try:
        return await refresh(house, token, request_id=request.state.request_id)
    except SignInRefused as error:
        raise _Refused("invalid_grant", str(error)) from None


_GRANTS = {"client_credentials": _by_secret, "refresh_token": _by_refresh_token}


def _refusal(refused: _Refused) -> Response:
    headers = {**_NO_STORE, **refused.headers}
    if refused.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="almoner"'
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


def _grant_type(form: dict[str, str]) -> str:
    grant = form.get("grant_type")
    if not grant:
        raise _Refused("invalid_request", "Send grant_type=client_credentials or grant_type=refresh_token.")
    if grant not in _GRANTS:
        raise _Refused("unsupported_grant_type", "Only client_credentials and refresh_token are taken.")
    return grant
