"""A device of the bank, written by docs/protocol.md alone. It shares no code with the bank's own."""

import base64
import hashlib
import hmac
import json
import os
import struct
import time
import urllib.error
import urllib.request
import uuid

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(data):
    return hashlib.sha256(data).digest()


def cbor(value):
    """The deterministic encoding of RFC 8949, 4.2.1."""

    def head(major, number):
        if number < 24:
            return bytes([major << 5 | number])
        for extra, size in ((24, "B"), (25, ">H"), (26, ">I"), (27, ">Q")):
            if number < 1 << (8 * struct.calcsize(size)):
                return bytes([major << 5 | extra]) + struct.pack(size, number)
        raise ValueError("the number is too large")

    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value.encode())) + value.encode()
        case list():
            return head(4, len(value)) + b"".join(map(cbor, value))
        case dict():
            pairs = sorted((cbor(key), cbor(item)) for key, item in value.items())
            return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    raise TypeError(type(value))


class Key:
    """A key on P-256."""

    def __init__(self, scalar=None):
        if scalar is None:
            self.private = ec.generate_private_key(CURVE)
        else:
            self.private = ec.derive_private_key(scalar, CURVE)
        public = self.private.public_key()
        self.point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def kid(self):
        return sha256(self.point)[:8]

    @property
    def jwk(self):
        x, y = self.point[1:33], self.point[33:]
        return {"crv": "P-256", "kty": "EC", "x": base64url(x), "y": base64url(y)}

    def sign(self, data):
        """ES256: r and s, 32 bytes each."""
        r, s = utils.decode_dss_signature(self.sign_asn1(data))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def sign_asn1(self, data):
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))

    def sign1(self, payload):
        """A COSE_Sign1 that embeds `payload`."""
        protected = cbor({1: -7, 4: self.kid})
        signed = cbor(["Signature1", protected, b"", payload])
        return cbor([protected, {}, payload, self.sign(signed)])

    def agree(self, point):
        public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
        return self.private.exchange(ec.ECDH(), public)

    def jwt(self, header, claims):
        parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
        signed = ".".join(map(base64url, parts))
        return f"{signed}.{base64url(self.sign(signed.encode()))}"


def proof(key, method, url, token, nonce):
    """A proof (RFC 9449) for a request with `token`."""
    claims = {
        "jti": base64url(os.urandom(16)),
        "htm": method,
        "htu": url.split("?", 1)[0],
        "iat": int(time.time()),
        "ath": base64url(sha256(token.encode())),
        "nonce": nonce,
    }
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk}
    return key.jwt(header, claims)


class Refused(Exception):
    """An answer of the bank that is a problem."""

    def __init__(self, status, problem):
        super().__init__(f"{status}: {problem}")
        self.problem = problem


def hkdf(secret, info):
    return HKDF(hashes.SHA256(), 32, None, info).derive(secret)


def client_data(kind, challenge, origin):
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()


class Passkey:
    """An authenticator with one passkey (WebAuthn Level 3)."""

    def __init__(self):
        self.key = Key()
        self.credential = os.urandom(16)

    def authenticator_data(self, party, flags):
        return sha256(party["id"].encode()) + bytes([flags]) + struct.pack(">I", 0)

    def registration(self, options, name):
        x, y = self.key.point[1:33], self.key.point[33:]
        key = cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        # User present, user verified, attested credential data.
        data = self.authenticator_data(options["relying_party"], 0x45)
        data += bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + key
        attestation = cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = client_data("webauthn.create", options["challenge"], options["relying_party"]["origin"])
        return {
            "name": name,
            "client_data_json": base64url(client),
            "attestation_object": base64url(attestation),
        }

    def assertion(self, options):
        data = self.authenticator_data(options["relying_party"], 0x05)
        client = client_data("webauthn.get", options["challenge"], options["relying_party"]["origin"])
        return {
            "credential": base64url(self.credential),
            "authenticator_data": base64url(data),
            "client_data_json": base64url(client),
            "signature": base64url(self.key.sign_asn1(data + sha256(client))),
        }


class Device:
    """An enrolled device, whose person is logged in with a passkey."""

    def __init__(self, bank, customer, code):
        self.bank = bank
        self.session, self.approval, self.agreement = Key(), Key(), Key()
        self.nonce = None
        # The id of an order, once there is one.
        self.intent = new_id()
        self.enrol(customer, code)
        self.log_in()

    def enrol(self, customer, code):
        challenge = self.post("/v1/enrolment/challenge", token=None)
        nonce, ephemeral = map(from_base64url, (challenge["nonce"], challenge["ephemeral"]))
        self.customer, self.id = customer, new_id()
        enrolment = cbor(
            ["passbook enrolment", 2, nonce, ephemeral, customer, self.id, "app"]
            + [key.point for key in (self.session, self.approval, self.agreement)]
            + [hmac.digest(nonce, code.encode(), "sha256")]
        )
        mac_key = hkdf(self.agreement.agree(ephemeral), cbor(["passbook enrolment mac", 1, nonce]))
        enrolled = self.post(
            "/v1/enrolment",
            {
                "session": base64url(self.session.sign1(enrolment)),
                "approval": base64url(self.approval.sign1(enrolment)),
                "mac": base64url(hmac.digest(mac_key, enrolment, "sha256")),
                "code": code,
            },
            token=None,
        )
        self.channel_token = enrolled["channel_token"]
        self.channel = enrolled["channels"][0]["channel"]
        self.snapshot = enrolled["snapshot"]["id"]

    def log_in(self):
        passkey = Passkey()
        options = self.post("/v1/passkeys/challenge", token=self.channel_token)
        registration = passkey.registration(options, "contract")
        self.passkey = self.post("/v1/passkeys", registration, token=self.channel_token)["passkey"]
        options = self.post("/v1/login/challenge", token=self.channel_token)
        begun = self.post("/v1/login", {"assertion": passkey.assertion(options)}, token=self.channel_token)
        self.access_token, self.login = begun["access_token"], begun["session"]
        self.refresh_token = begun["refresh_token"]

    def proof(self, method, url, token):
        return proof(self.session, method, url, token, self.nonce or self.newest_nonce())

    def newest_nonce(self):
        with urllib.request.urlopen(f"{self.bank}/v1/trust") as answer:
            self.nonce = answer.headers["DPoP-Nonce"]
        return self.nonce

    def headers(self, method, url, token):
        return {"Authorization": f"DPoP {token}", "DPoP": self.proof(method, url, token)}

    def post(self, path, body=None, token=None):
        return self.request("POST", path, body, token)

    def get(self, path, token):
        return self.request("GET", path, None, token)

    def request(self, method, path, body, token):
        url = f"{self.bank}{path}"
        headers = self.headers(method, url, token) if token else {}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                self.nonce = answer.headers.get("DPoP-Nonce", self.nonce)
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode()) from error

    def transfer(self, account, minor_units, currency, to, reference):
        """A signed transfer to an account of the same bank, in the order of docs/protocol.md, 12."""
        voucher = self.post("/v1/vouchers", token=self.channel_token)["vouchers"][0]
        payload = read_cbor(read_cbor(from_base64url(voucher))[2])
        order = {
            0: "transfer",
            1: account,
            2: [minor_units, currency],
            3: {0: "account", 1: to},
            4: reference,
        }
        amount = f"{minor_units // 100:,}.{minor_units % 100:02}"
        shown = "\n".join(
            ["Transfer", f"Amount: {amount} {currency}", f"Account: {to}", f"From: {account}"]
            + [f"Reference: {reference}", "On: at once"]
        )
        now = int(time.time() * 1000)
        intent_id = new_id()
        intent = cbor(
            ["passbook intent", 1, intent_id, self.customer, from_base64url(self.channel), self.id]
            + [payload[2], order, now, now + 3_600_000, "en", 1, sha256(shown.encode())]
        )
        return intent_id, {"signed": base64url(self.approval.sign1(intent))}


def read_cbor(data):
    """The value in `data`, as far as vouchers need it."""

    def read(at):
        major, low = data[at] >> 5, data[at] & 31
        at += 1
        if low >= 24:
            size = 1 << (low - 24)
            low, at = int.from_bytes(data[at : at + size], "big"), at + size
        if major in (0, 1):
            return (low if major == 0 else -1 - low), at
        if major in (2, 3):
            part = data[at : at + low]
            return (part if major == 2 else part.decode()), at + low
        if major == 4:
            items = []
            for _ in range(low):
                item, at = read(at)
                items.append(item)
            return items, at
        if major == 5:
            pairs = {}
            for _ in range(low):
                key, at = read(at)
                pairs[key], at = read(at)
            return pairs, at
        return {20: False, 21: True, 22: None}[low], at

    return read(0)[0]


def new_id():
    """A UUIDv7 (RFC 9562, 5.7)."""
    number = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=number))


class Operator:
    """The bank's operator, who lets customers in."""

    def __init__(self, address, token):
        self.address, self.token = address, token

    def post(self, path, body):
        request = urllib.request.Request(
            f"http://{self.address}{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    def pay_in(self, account, minor_units):
        amount = {"minor_units": minor_units, "currency": "CZK"}
        self.post(
            "/v1/operator/transactions",
            {"transaction": new_id(), "account": account, "amount": amount, "operation": "cash"},
        )

    def device(self, bank, customer):
        """A new device of a new customer, who has an account."""
        account = f"acc-{customer}"
        self.post("/v1/operator/customers", {"customers": [{"customer": customer}]})
        opened = {"account": account, "kind": "current", "name": "Current", "currency": "CZK"}
        self.post("/v1/operator/accounts", {"accounts": [opened]})
        held = {"account": account, "customer": customer, "role": "owner"}
        self.post("/v1/operator/holders", {"holders": [held]})
        code = self.post("/v1/operator/activation-codes", {"customer": customer})["code"]
        device = Device(bank, customer, code)
        device.account = account
        return device
