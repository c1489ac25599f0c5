"""Makes, verifies, changes and ends a key with the client that was generated.

Called with the address of a server, a username and a password.
"""

import base64
import sys

from client import AuthenticatedClient, Client
from client.api.api_keys import (
    create_api_key,
    delete_api_key,
    get_api_key,
    list_api_keys,
    patch_api_key,
    rotate_api_key,
)
from client.api.operation import get_health, get_readiness
from client.api.own_account import get_own_account
from client.api.sessions import sign_in
from client.api.verification import verify_api_keys, verify_for_gateway
from client.models import (
    ApiKey,
    ApiKeyPage,
    CreateApiKey,
    Decision,
    Decisions,
    Error,
    Login,
    PatchApiKey,
    RotateApiKey,
    Scope,
    Status,
    User,
    VerifyKey,
    VerifySeveralKeys,
)

URL, USERNAME, PASSWORD = sys.argv[1:]


def as_key(value: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=URL, token=value)


def verified(client: AuthenticatedClient, value: str) -> Decision:
    decision = verify_api_keys.sync(client=client, body=VerifyKey(key=value))
    assert isinstance(decision, Decision), decision
    return decision


def main() -> None:
    pair = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    person = AuthenticatedClient(base_url=URL, token=pair, prefix="Basic")
    nobody = Client(base_url=URL)

    assert get_health.sync(client=nobody) == "ok"
    assert get_readiness.sync_detailed(client=nobody).status_code == 200
    login = Login(username=USERNAME, password=PASSWORD)
    assert sign_in.sync_detailed(client=nobody, body=login).status_code == 200

    me = get_own_account.sync(client=person)
    assert isinstance(me, User) and me.username == USERNAME, me

    wanted = CreateApiKey(name="smoke", scope=[Scope.INFERENCE], expires_in=3600)
    made = create_api_key.sync(client=person, body=wanted, idempotency_key="smoke-1")
    assert isinstance(made, ApiKey) and isinstance(made.value, str), made
    again = create_api_key.sync(client=person, body=wanted, idempotency_key="smoke-1")
    assert isinstance(again, ApiKey) and (again.id, again.value) == (made.id, made.value)
    taken = create_api_key.sync_detailed(client=person, body=wanted)
    assert taken.status_code == 409 and isinstance(taken.parsed, Error), taken

    assert verified(person, made.value).key_id == made.id
    several = VerifySeveralKeys(items=[VerifyKey(key=made.value), VerifyKey(key="x")])
    decisions = verify_api_keys.sync(client=person, body=several)
    assert isinstance(decisions, Decisions), decisions
    assert [one.valid for one in decisions.items] == [True, False]
    gateway = verify_for_gateway.sync_detailed(client=as_key(made.value))
    assert gateway.status_code == 200
    assert gateway.headers["x-auth-key-id"] == str(made.id)

    page = list_api_keys.sync(client=person, search="smo", per_page=10)
    assert isinstance(page, ApiKeyPage), page
    assert [key.name for key in page.items] == ["smoke"]
    disabled = patch_api_key.sync(made.id, client=person, body=PatchApiKey(disabled=True))
    assert isinstance(disabled, ApiKey) and disabled.status == Status.DISABLED, disabled
    assert not verified(person, made.value).valid
    enabled = patch_api_key.sync(made.id, client=person, body=PatchApiKey(disabled=False))
    assert isinstance(enabled, ApiKey) and enabled.status == Status.ACTIVE, enabled
    rotated = rotate_api_key.sync(made.id, client=person, body=RotateApiKey())
    assert isinstance(rotated, ApiKey) and isinstance(rotated.value, str), rotated
    assert verified(person, rotated.value).valid

    assert delete_api_key.sync_detailed(made.id, client=person).status_code == 200
    gone = get_api_key.sync_detailed(made.id, client=person)
    assert gone.status_code == 404 and isinstance(gone.parsed, Error), gone
    print("the generated client works")


main()
