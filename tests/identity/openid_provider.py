"""A real OpenID provider on loopback, in a process of its own: `python openid_provider.py PORT`.

It is `oidc-provider-mock`, which does not look at PKCE; so what stands around it here refuses a code whose verifier
does not fit the challenge that the authorization was asked for with, as a provider in production does. Loopback has no
TLS: set AUTHLIB_INSECURE_TRANSPORT=1.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import sys
from urllib.parse import parse_qs, urlsplit

import flask
from oidc_provider_mock import app as make_app

app = make_app(require_nonce=True)
challenges: dict[str, str] = {}


@app.before_request
def check_verifier():
    if flask.request.path != "/oauth2/token":
        return None
    verifier = flask.request.form.get("code_verifier", "")
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if challenges.pop(flask.request.form.get("code", ""), None) != challenge:
        return {"error": "invalid_grant"}, 400
    return None


@app.after_request
def keep_challenge(response):
    asked = flask.request.args
    if flask.request.path == "/oauth2/authorize" and "Location" in response.headers:
        code = parse_qs(urlsplit(response.headers["Location"]).query).get("code")
        if code and asked.get("code_challenge_method") == "S256":
            challenges[code[0]] = asked["code_challenge"]
    return response


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(host="127.0.0.1", port=int(sys.argv[1]), debug=False, use_reloader=False)
