"""Uses the client that openapi-python-client made of the bank's API document, as a device with a person logged in on it."""

import os

import httpx
from device import Operator
from passbook_client import Client
from passbook_client.api.bank import get_readyz, get_well_known_jwks_json
from passbook_client.api.brakes import get_brakes, post_brakes
from passbook_client.api.channels import get_channels_messages, post_channels_checkpoint
from passbook_client.api.devices import get_devices
from passbook_client.api.orders import get_orders_by_intent, post_orders
from passbook_client.api.passkeys import get_passkeys, post_passkeys_names
from passbook_client.api.sessions import get_sessions
from passbook_client.api.trust import get_trust
from passbook_client.models import CheckpointRequest, Money, OrderLimits, Problem, RenamePasskey, SetBrake, SignedOrder
from passbook_client.models.order_progress import OrderProgress


class Proven(httpx.Auth):
    """A token and a new proof with each request."""

    def __init__(self, device, token):
        self.device, self.token = device, token

    def auth_flow(self, request):
        request.headers.update(self.device.headers(request.method, str(request.url), self.token))
        answer = yield request
        self.device.nonce = answer.headers.get("DPoP-Nonce", self.device.nonce)


bank = os.environ["BANK"]
operator = Operator(os.environ["OPERATOR"], os.environ["OPERATOR_TOKEN"])
device, other = (operator.device(bank, customer) for customer in ("payer", "payee"))
operator.pay_in(device.account, 100_000)

anybody = Client(bank, raise_on_unexpected_status=True)
as_device = Client(bank, raise_on_unexpected_status=True, httpx_args={"auth": Proven(device, device.channel_token)})
as_person = Client(bank, raise_on_unexpected_status=True, httpx_args={"auth": Proven(device, device.access_token)})


def said(what, answer):
    print(f"{what}: {answer}")
    return answer


# What everybody may ask.
assert get_readyz.sync(client=anybody).ready
assert said("keys", [key.kid for key in get_well_known_jwks_json.sync(client=anybody).keys])
trust = get_trust.sync(client=anybody)
assert trust.public_url == bank and len(said("roots", trust.roots)) >= 1

# What the person may ask. Without a token it is refused as the document says.
devices = get_devices.sync(client=as_person).devices
assert [one.device for one in said("devices", devices)] == [device.id] and devices[0].current
sessions = get_sessions.sync(client=as_person).sessions
assert [one.session for one in said("sessions", sessions)] == [device.login]
refused = get_devices.sync(client=anybody)
assert isinstance(refused, Problem) and said("without a token", refused.code) == 2001
named = post_passkeys_names.sync(client=as_person, body=RenamePasskey(name="Kitchen", passkey=device.passkey))
assert [one.name for one in get_passkeys.sync(client=as_person).passkeys] == [said("passkey", named.name)]

# What the device may ask: what its channel has, its limits, and one of the customer's own.
pulled = get_channels_messages.sync(client=as_device, channel=device.channel, after="1.0")
assert pulled.state == "messages" and said("messages", len(pulled.messages)) >= 1
after = {"after": f"{device.channel}:1.0"}
with as_device.get_httpx_client().stream("GET", "/v1/live", params=after) as stream:
    assert stream.headers["Content-Type"] == "text/event-stream"
    assert said("stream", next(stream.iter_lines())) == "event: message"
nonce = "A" * 22
assert post_channels_checkpoint.sync(client=as_device, channel=device.channel, body=CheckpointRequest(nonce=nonce)).checkpoint
limits = get_brakes.sync(client=as_device)
assert isinstance(said("limits", limits), OrderLimits)
lower = Money(currency=limits.day.currency, minor_units=50_000)
limits = post_brakes.sync(client=as_device, body=SetBrake(brake="day", limit=lower))
assert said("limit of a day", limits.day) == lower

# A transfer, whose outcome it waits for.
intent, order = device.transfer(device.account, 12_50, "CZK", other.account, "lunch")
paid = said("transfer", post_orders.sync(client=as_device, body=SignedOrder.from_dict(order), prefer="wait=10"))
assert (paid.intent, paid.state) == (intent, OrderProgress.EXECUTED)
assert get_orders_by_intent.sync(client=as_device, intent=intent).bank_reference == paid.bank_reference
print("the generated client works")
