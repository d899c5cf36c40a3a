"""Uses the bank's service by its WSDL alone, with zeep: login, balance, transfer, in both versions of SOAP."""

import os
import uuid
from datetime import UTC, datetime
from decimal import Decimal

from zeep import Client
from zeep.exceptions import Fault


def uuid7():
    """A new UUID of version 7 (RFC 9562, 5.7)."""
    milliseconds = int(datetime.now(UTC).timestamp() * 1000)
    value = milliseconds << 80 | uuid.uuid4().int & (1 << 80) - 1
    value = value & ~(0xF << 76) | 7 << 76
    return str(uuid.UUID(int=value))


def call(service, operation, status, **asked):
    """Makes a call, and checks that the answer's header fits it."""
    package = {"AuthenticationStatus": status, "CustomerSession": "zeep", "TransactionNumber": uuid7()}
    answer = service[operation](**asked, _soapheaders={"header": package})
    header = answer.header.header
    assert header.TransactionNumber == package["TransactionNumber"], header
    assert header.CustomerSession == "zeep" and header.BankDateTime, header
    return header.AuthenticationStatus, answer.body


client = Client(os.environ["BANK"] + "/core-bank/soap/v1/core-bank.wsdl")
for port in ("Soap11", "Soap12"):
    service = client.bind("CoreBank", port)
    status, refused = call(service, "LogIn", "0", UserId="2", Password="wrong")
    assert status == "0" and refused.Authenticated is None, (status, refused)
    status, person = call(service, "LogIn", "0", UserId="2", Password=os.environ["PASSWORD"])
    person = person.Authenticated
    assert status == "1" and (person.FirstName, person.LastName) == ("Jana", "Malá"), person
    assert {account.AccountType for account in person.Account} == {"current"}, person

    def booked(number):
        _, accounts = call(service, "ReadAccounts", "1", Customer=person.Customer)
        [account] = [account for account in accounts.Account if account.AccountNumber == number]
        [balance] = [balance for balance in account.Balance if balance.BalanceType == "booked"]
        return balance.Amount.Value

    before = booked("a"), booked("b")
    order = {
        "Customer": person.Customer,
        "Device": uuid7(),
        "Order": uuid7(),
        "Created": datetime.now(UTC),
        "Payment": {
            "Transaction": "transfer",
            "AccountNumber": "a",
            "Amount": {"Value": Decimal("12.50"), "Currency": "CZK"},
            "Creditor": {"Scheme": "account", "Identification": "b"},
        },
    }
    for _ in range(2):
        _, state = call(service, "PlaceOrder", "1", **order)
        assert state.PaymentStatus == "executed" and state.BankReference, state
    assert (booked("a"), booked("b")) == (before[0] - Decimal("12.50"), before[1] + Decimal("12.50"))
    _, found = call(service, "ReadOrderState", "1", Customer=person.Customer, Order=order["Order"])
    assert found.State.BankReference == state.BankReference, found
    try:
        call(service, "ReadAccounts", "0", Customer=person.Customer)
    except Fault as fault:
        assert "not authenticated" in fault.message, fault
    else:
        raise AssertionError("a call for a customer whom nobody authenticated was answered")
print("login, balance and transfer in SOAP 1.1 and 1.2")
