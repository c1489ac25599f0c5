"""Calls every method of GPUStack's own client against a server, for users and for keys.

client.py BASE_URL USERNAME PASSWORD

The class is the one of the wheel. For keys it is loaded a second time, and given the shapes
of keys in place of those of users.
"""

import asyncio
import importlib.util
import sys
import threading

from gpustack.api.exceptions import (
    AlreadyExistsException,
    InvalidException,
    NotFoundException,
)
from gpustack.client import generated_user_client
from gpustack.client.generated_http_client import HTTPClient
from gpustack.logging import setup_logging
from gpustack.schemas.api_keys import (
    ApiKeyCreate,
    ApiKeyPublic,
    ApiKeysPublic,
    ApiKeyUpdate,
)
from gpustack.schemas.users import UserCreate, UserUpdate
from gpustack.server.bus import EventType

BASE_URL, USERNAME, PASSWORD = sys.argv[1:4]
SECONDS = 60


def http(username, password):
    """Returns a connection that signs in with a password."""
    auth = {"auth": (username, password)}
    return HTTPClient(base_url=BASE_URL, httpx_args=auth)


def refused(error, call, *arguments, **named):
    """Checks that a call is refused with this error."""
    try:
        call(*arguments, **named)
    except error:
        return
    raise AssertionError(f"{call.__name__}{arguments} was not refused")


class Users:
    """What is particular to users."""

    def client(self):
        return generated_user_client.UserClient(http(USERNAME, PASSWORD))

    def new(self, name):
        return UserCreate(username=name, password="Passw0rd_1", full_name="Ada L.")

    def changed(self, item):
        # As an update that is about something else: the password is null.
        return UserUpdate(username=item.username, full_name="Grace H.", is_admin=True)

    def check_created(self, item):
        assert (item.full_name, item.is_admin, item.is_active) == ("Ada L.", False, True)
        assert (item.source, item.avatar_url) == ("Local", None)

    def check_changed(self, item):
        assert (item.full_name, item.is_admin) == ("Grace H.", True)
        # They sign in with the password that they had.
        own = generated_user_client.UserClient(http(item.username, "Passw0rd_1"))
        assert own.get(item.id, use_cache=False).username == item.username

    def name(self, item):
        return item.username

    sorted_by = "-username"
    found_by = "da l."


class Keys:
    """What is particular to keys."""

    def client(self):
        spec = importlib.util.find_spec(generated_user_client.__name__)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.UserPublic, module.UsersPublic = ApiKeyPublic, ApiKeysPublic
        client = module.UserClient(http(USERNAME, PASSWORD))
        client._url = "/api-keys"
        return client

    def new(self, name):
        return ApiKeyCreate(name=name, description="first", scope=["inference"])

    def changed(self, item):
        return ApiKeyUpdate(description="second", scope=["inference"])

    def check_created(self, item):
        assert item.description == "first" and not item.is_custom

    def check_changed(self, item):
        assert item.description == "second"

    def name(self, item):
        return item.name

    sorted_by = "-name"
    found_by = "KEYS-"


def check_calls(kind):
    """Calls what answers at once."""
    client, prefix = kind.client(), type(kind).__name__.lower()
    created = [client.create(kind.new(f"{prefix}-{number}")) for number in range(3)]
    refused(AlreadyExistsException, client.create, kind.new(f"{prefix}-0"))
    for item in created:
        kind.check_created(client.get(item.id))
    names = [kind.name(item) for item in created]

    page = client.list(params={"page": 1, "perPage": 2, "sort_by": kind.sorted_by})
    assert (len(page.items), page.pagination.perPage) == (2, 2)
    assert page.pagination.total >= 3
    whole = client.list()
    assert page.pagination.total == len(whole.items) == whole.pagination.total
    ids = [item.id for item in whole.items]
    # The newest come first.
    assert ids[:3] == [item.id for item in reversed(created)], ids
    found = client.list(params={"search": kind.found_by, "sort_by": kind.sorted_by})
    assert [kind.name(item) for item in found.items] == names[::-1]
    refused(InvalidException, client.list, params={"sort_by": "nothing"})

    changed = client.update(created[0].id, kind.changed(created[0]))
    kind.check_changed(changed)
    for item in created:
        client.delete(item.id)
        refused(NotFoundException, client.get, item.id)
    assert len(client.list().items) == len(whole.items) - 3


def make_changes(kind, name):
    """Creates, changes and deletes one that is watched."""
    client = kind.client()
    item = client.create(kind.new(name))
    client.update(item.id, kind.changed(item))
    client.delete(item.id)
    return item.id


def watch_changes(kind, before):
    """Returns what `watch` tells of one that was there and of one that comes."""
    events, is_connected, made = [], threading.Event(), []

    def receive(event):
        events.append(event)
        if event.id == before.id:
            is_connected.set()

    def change():
        assert is_connected.wait(SECONDS)
        made.append(make_changes(kind, "watched"))

    changes = threading.Thread(target=change, daemon=True)
    changes.start()
    kind.client().watch(
        callback=receive,
        stop_condition=lambda event: event.type == EventType.DELETED,
    )
    changes.join(SECONDS)
    return events, made[0]


async def awatch_changes(kind, before):
    """As `watch_changes`, with the cache that `awatch` keeps."""
    client, events, made = kind.client(), [], []
    cached = asyncio.Event()

    async def receive(event):
        events.append(event)
        if event.id == before.id:
            cached.set()

    async def change():
        await cached.wait()
        assert client._watch_started
        assert client.get(before.id).id == before.id
        assert before.id in [item.id for item in client.list().items]
        made.append(await asyncio.to_thread(make_changes, kind, "awaited"))

    changes = asyncio.create_task(change())
    await asyncio.wait_for(
        client.awatch(
            callback=receive,
            stop_condition=lambda event: event.type == EventType.DELETED,
        ),
        SECONDS,
    )
    await changes
    assert not client._watch_started
    return events, made[0]


def check_events(kind, events, before, id):
    """Checks what was told of one that was there, and of the changes of another."""
    assert EventType.CREATED in [event.type for event in events if event.id == before.id]
    told = [event for event in events if event.id == id]
    types = [event.type for event in told]
    assert types == [EventType.CREATED, EventType.UPDATED, EventType.DELETED], types
    assert told[1].changed_fields, told[1]


def check_watches(kind):
    """Watches one that is there, and another that comes and goes."""
    client = kind.client()
    before = client.create(kind.new(f"{type(kind).__name__.lower()} from before"))
    events, id = watch_changes(kind, before)
    check_events(kind, events, before, id)
    events, id = asyncio.run(awatch_changes(kind, before))
    check_events(kind, events, before, id)
    client.delete(before.id)


setup_logging()
for kind in (Users(), Keys()):
    check_calls(kind)
    check_watches(kind)
    print(f"{type(kind).__name__}: every method passes")
