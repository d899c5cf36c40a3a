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
from device import Operator, base64url

BANK = os.environ["BANK"]
OPERATOR = Operator(os.environ["OPERATOR"], os.environ["OPERATOR_TOKEN"])

# A device may make 256 requests at once and four a second after that: many devices, so that few requests are refused for this.
DEVICES = 32

# Each device that stops everything is lost, with its customer.
STOPPING_DEVICES = 16

NONCE_SECONDS = 60

with urllib.request.urlopen(f"{BANK}/openapi.json") as answer:
    DOCUMENT = json.loads(answer.read())


class Nonces:
    """The bank's newest nonce. It is good for every device."""

    def __init__(self):
        self.lock, self.newest, self.read = threading.Lock(), None, 0.0

    def get(self):
        with self.lock:
            if time.monotonic() - self.read > NONCE_SECONDS:
                with urllib.request.urlopen(f"{BANK}/v1/trust") as answer:
                    self.newest, self.read = answer.headers["DPoP-Nonce"], time.monotonic()
            return self.newest


class Devices:
    """Devices of different customers. A request is sent by the one whose channel it names, or by the next in turn."""

    def __init__(self, count, name):
        self.lock, self.turn = threading.Lock(), 0
        self.all = [OPERATOR.device(BANK, f"{name}-{number}") for number in range(count)]
        self.of_channel = {device.channel: device for device in self.all}

    def next(self, path=""):
        named = path.split("/channels/", 1)[-1].split("/", 1)[0]
        if named in self.of_channel:
            return self.of_channel[named]
        with self.lock:
            self.turn += 1
            return self.all[self.turn % len(self.all)]

    def by(self, value):
        """The same one for the same value, because Hypothesis repeats what it generated."""
        return self.all[zlib.crc32(value.encode()) % len(self.all)]


NONCES = Nonces()
ORDINARY = Devices(DEVICES, "contract")
STOPPING = Devices(STOPPING_DEVICES, "stopping")


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
        device = (STOPPING if path == "/v1/stop" else ORDINARY).next(path)
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
def map_path_parameters(context, path_parameters):
    """Half of the well-formed channels and snapshots are some device's."""
    channel = (path_parameters or {}).get("channel")
    if isinstance(channel, str) and re.fullmatch("[A-Za-z0-9_-]{21}[AQgw]", channel):
        if zlib.crc32(channel.encode()) & 1:
            device = ORDINARY.by(channel)
            path_parameters["channel"] = device.channel
            if re.fullmatch("[A-Za-z0-9_-]{21}[AQgw]", str(path_parameters.get("id"))):
                path_parameters["id"] = device.snapshot
    return path_parameters


@schemathesis.check
def problem_code_conformance(ctx, response, case):
    """A problem has one of the codes that the document lists for the status."""
    if not response.headers.get("content-type", [""])[0].startswith("application/problem+json"):
        return
    described = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    code = response.json()["code"]
    assert code in described.get("x-codes", []), f"{response.status_code} with code {code} is not described"
