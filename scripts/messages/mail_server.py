"""A mail server that takes mail over STARTTLS from whoever logs in, and prints each one as a line of JSON.

Arguments: port, certificate, private key, user, password. It refuses mail to `nobody@…` for good, and the first mail to `later@…` for now.
"""

import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Printer:
    """Prints what it takes."""

    def __init__(self):
        self.came_before = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "nobody":
            return "550 5.1.1 no such mailbox"
        if name == "later" and address not in self.came_before:
            self.came_before.add(address)
            say({"put_off": address})
            return "451 4.7.1 come again"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say(
            {
                "to": envelope.rcpt_tos,
                "from": mail["from"],
                "subject": mail["subject"],
                "message_id": mail["message-id"],
                "text": mail.get_content().rstrip("\r\n"),
                "tls": session.ssl is not None,
            }
        )
        return "250 2.0.0 taken"


def say(what):
    print(json.dumps(what), flush=True)


def main():
    port, certificate, private_key, user, password = sys.argv[1:]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, private_key)

    def authenticate(server, session, envelope, mechanism, data):
        known = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=known, handled=False)

    server = Controller(
        Printer(),
        hostname="127.0.0.1",
        port=int(port),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    server.start()
    say({"ready": True})
    # It ends with whoever started it.
    sys.stdin.read()
    server.stop()


main()
