"""What schemathesis needs to know to get past the door: shops sign, phones and tills bring a token.

A body is signed as it is sent. Whether a request without a signature or a token gets in is what the check `ignored_auth`
looks at, so both are an authentication, which that check leaves out.
"""
import base64
import hashlib
import hmac
import json
import os

import schemathesis

KNOWN = json.loads(os.environ["POINTS_API_TEST"])


@schemathesis.serializer("application/json")
def as_json(ctx, value):
    """The same bytes that are signed."""
    return body_of(value)


def body_of(value):
    if isinstance(value, bytes):
        return value
    # Half a character, which hypothesis likes to make, is no UTF-8.
    return json.dumps(value, ensure_ascii=True).encode()


@schemathesis.auth().apply_to(path_regex="^/(orders|refunds|customers|shop)/")
class Signature:
    def get(self, case, ctx):
        return KNOWN["secret"]

    def set(self, case, data, ctx):
        body = b"" if isinstance(case.body, type(schemathesis.core.NOT_SET)) else body_of(case.body)
        digest = hmac.new(data.encode(), body, hashlib.sha256).digest()
        case.headers["X-Shopify-Hmac-Sha256"] = base64.b64encode(digest).decode()


@schemathesis.auth().apply_to(path="/redemptions")
class RedeemToken:
    def get(self, case, ctx):
        return KNOWN["redeem"]

    def set(self, case, data, ctx):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.auth().apply_to(path="/pos/transactions")
class TillToken:
    def get(self, case, ctx):
        return KNOWN["till"]

    def set(self, case, data, ctx):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Most requests name the shop and the merchant that exist; some are left as they were made."""
    if case.method != "POST":
        return
    if case.headers.get("X-Shopify-Shop-Domain") and len(case.headers["X-Shopify-Shop-Domain"]) % 4 != 0:
        case.headers["X-Shopify-Shop-Domain"] = KNOWN["shop"]
        case.headers["X-Shopify-Topic"] = case.path.lstrip("/")
