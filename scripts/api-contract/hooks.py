"""What Schemathesis needs to call the bank: tokens, a new proof for each request, and ids that exist."""

import json
import os
import re
import threading
import time
import urllib.request
import zlib

import requests
import schemathesis
from device import Key, Operator, proof
from schemathesis.core.parameters import ParameterLocation

BANK = os.environ["BANK"]
OPERATOR = Operator(os.environ["OPERATOR"], os.environ["OPERATOR_TOKEN"])

# A device may make 256 requests at once and four a second after that: many devices, so that few requests are refused for this.
DEVICES = 32

# What is called on these routes may end the device, its login or its passkey: each has devices of its own.
ENDING_DEVICES = 6
ENDING = ("/v1/stop", "/v1/devices/removals", "/v1/sessions/endings", "/v1/passkeys/removals")

NONCE_SECONDS = 60

with urllib.request.urlopen(f"{BANK}/openapi.json") as answer:
    DOCUMENT = json.loads(answer.read())


class Nonces:
    """The newest nonce of a path of the bank. It is good for every caller."""

    def __init__(self, path):
        self.path, self.lock, self.newest, self.read = path, threading.Lock(), None, 0.0

    def get(self):
        with self.lock:
            if time.monotonic() - self.read > NONCE_SECONDS:
                # Refusals have one, too.
                answer = requests.get(f"{BANK}{self.path}", timeout=30)
                self.newest, self.read = answer.headers["DPoP-Nonce"], time.monotonic()
            return self.newest


class Devices:
    """Devices of different customers. A request is sent by the one of which it names anything, or by the next in turn."""

    def __init__(self, count, name):
        self.lock, self.turn = threading.Lock(), 0
        self.all = [OPERATOR.device(BANK, f"{name}-{number}") for number in range(count)]

    def next(self, request):
        text = request.path_url + (request.body.decode(errors="replace") if isinstance(request.body, bytes) else "")
        named = [device for device in self.all if any(known in text for known in ids(device).values())]
        if named:
            return named[0]
        with self.lock:
            self.turn += 1
            return self.all[self.turn % len(self.all)]

    def by(self, value):
        """The same one for the same value, because Hypothesis repeats what it generated."""
        return self.all[zlib.crc32(value.encode()) // 2 % len(self.all)]


def ids(device):
    """What exists at the bank of a device, by its name in requests."""
    return {
        "channel": device.channel,
        "device": device.id,
        "id": device.snapshot,
        "intent": device.intent,
        "passkey": device.passkey,
        "session": device.login,
    }


def devices_with_orders():
    devices = Devices(DEVICES, "contract")
    for device, other in zip(devices.all, devices.all[1:] + devices.all[:1]):
        OPERATOR.pay_in(device.account, 1_000)
        device.intent, order = device.transfer(device.account, 1_00, "CZK", other.account, "contract")
        device.post("/v1/orders", order, token=device.channel_token)
    return devices


class App:
    """Another app of the bank's, with a person's permission: who started the bank went through the code flow."""

    token, key, account = os.environ["CLIENT_TOKEN"], Key(int(os.environ["CLIENT_KEY"], 16)), os.environ["ACCOUNT"]
    nonces = Nonces("/openid/userinfo")

    def headers(self, method, url):
        return {
            "Authorization": f"DPoP {self.token}",
            "DPoP": proof(self.key, method, url, self.token, self.nonces.get()),
        }


APP = App()
NONCES = Nonces("/v1/trust")
ORDINARY = devices_with_orders()
OF_ENDING = {path: Devices(ENDING_DEVICES, path.replace("/", "-")) for path in ENDING}


def tokens():
    """Which token a path takes, as the document says."""
    for path, item in DOCUMENT["paths"].items():
        pattern = re.compile(re.sub(r"\\{[^/]*\\}", "[^/]*", re.escape(path)) + "$")
        for method, operation in item.items():
            schemes = [name for scheme in operation.get("security", []) for name in scheme]
            yield method.upper(), pattern, schemes


TOKENS = list(tokens())


class Proven(requests.auth.AuthBase):
    """A token and a proof for this very request."""

    def __call__(self, request):
        path = request.path_url.split("?", 1)[0]
        found = (schemes for method, pattern, schemes in TOKENS if method == request.method and pattern.match(path))
        schemes = next(found, [])
        if "client_token" in schemes:
            request.headers.update(APP.headers(request.method, request.url))
            return request
        device = OF_ENDING.get(path, ORDINARY).next(request)
        if "channel_token" in schemes:
            token = device.channel_token
        elif "access_token" in schemes:
            token = device.access_token
        else:
            return request
        device.nonce = NONCES.get()
        request.headers.update(device.headers(request.method, request.url, token))
        return request


schemathesis.auth.set_from_requests(Proven())


@schemathesis.hook
def before_call(context, case, kwargs):
    """Schemathesis leaves a header out to see whether it is missed: then nothing puts it back."""
    if case.meta is not None and case.meta.is_negative_at(ParameterLocation.HEADER):
        kwargs["auth"] = lambda request: request


def with_known_ids(values, devices):
    """Half of the well-formed ids are those of some device."""
    known = None
    for name, value in (values if isinstance(values, dict) else {}).items():
        if not isinstance(value, str) or not WELL_FORMED.fullmatch(value):
            continue
        if known is None and zlib.crc32(value.encode()) % 2:
            known = ids(devices.by(value))
        if known and name in known:
            values[name] = known[name]
    return values


WELL_FORMED = re.compile("[A-Za-z0-9_-]{21}[AQgw]|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    account = (path_parameters or {}).get("account")
    if isinstance(account, str) and zlib.crc32(account.encode()) % 2:
        path_parameters["account"] = APP.account
    return with_known_ids(path_parameters, ORDINARY)


@schemathesis.hook
def map_body(context, body):
    return with_known_ids(body, OF_ENDING.get(context.operation.path, ORDINARY))


@schemathesis.check
def problem_code_conformance(ctx, response, case):
    """A problem has one of the codes that the document lists for the status. A method without an operation has no list."""
    if response.status_code == 405 or response.headers.get("content-type") != ["application/problem+json"]:
        return
    described = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    code = response.json()["code"]
    assert code in described.get("x-codes", []), f"{response.status_code} with code {code} is not described"
