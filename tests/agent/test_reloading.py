"""A changed configuration while clients ask: what is in force is one of the two, whole."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
from dataclasses import replace

import pytest
from tests.agent.conftest import with_role


@pytest.fixture
def taken():
    """A port of 127.0.0.1 that somebody else has."""
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        yield somebody.getsockname()[1]


def test_the_last_of_two_changes_that_come_together_is_the_one_in_force(agent, config):
    first = with_role(config, "one", doors=frozenset({"imds", "container"}))
    last = with_role(config, "two", doors=frozenset({"imds", "container"}))

    async def both():
        await asyncio.gather(agent.agent.reload(first), agent.agent.reload(last))

    agent.do(both())
    roles = agent.status(None)["roles"]
    assert sorted(roles) == ["etl", "two"]
    assert roles["two"]["imds"]
    assert roles["two"]["container"]
    assert agent.agent.doors["imds"].describe("one") is None


def test_a_port_that_cannot_be_moved_to_leaves_the_new_roles_at_the_old_one(agent, config, taken):
    port, token = agent.port, agent.token()
    changed = with_role(replace(config, port=taken), "new")
    del changed.roles["etl"]
    agent.do(agent.agent.reload(changed))
    assert f"Port {taken}" in agent.status(None)["config"]["error"]
    assert agent.container("/credentials/new", port=port, Authorization=agent.token("new")).status == 200
    assert agent.container(port=port, Authorization=token).status == 404


def test_one_instance_door_that_cannot_be_opened_takes_no_other_along(agent, config, taken):
    changed = with_role(config, "a", doors=frozenset({"imds"}), imds_port=taken)
    changed = with_role(changed, "b", doors=frozenset({"imds"}))
    agent.do(agent.agent.reload(changed))
    assert f"Port {taken}" in agent.status(None)["config"]["error"]
    assert agent.status("a")["imds"] is None
    assert agent.status("b")["imds"] is not None


def test_a_connection_that_was_kept_is_worth_nothing_once_its_role_has_gone(agent, config):
    endpoint = agent.status()["imds"]["endpoint"].removeprefix("http://")
    kept = http.client.HTTPConnection(endpoint, timeout=30)
    kept.request("PUT", "/latest/api/token", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    token = kept.getresponse().read().decode()
    agent.do(agent.agent.reload(with_role(config, "etl", doors=frozenset({"socket"}))))
    path = "/latest/meta-data/iam/security-credentials/etl"
    kept.request("GET", path, headers={"X-aws-ec2-metadata-token": token})
    assert kept.getresponse().status == 404
    kept.close()


def test_a_role_that_leaves_while_it_is_fetched_is_renewed_for_nobody(start, config, issuer):
    issuer.held_up = threading.Event()
    agent = start(with_role(config, "stays"))
    gone = agent.agent.roles.get("etl")
    agent.do(asyncio.sleep(0))
    agent.do(agent.agent.reload(replace(config, roles={"stays": agent.agent.config.roles["stays"]})))
    issuer.held_up.set()
    agent.do(_settled(gone))
    assert not gone.awake


async def _settled(role):
    with pytest.raises(Exception, match="no longer"):
        await role.obtain()


@pytest.fixture
def credentials_file(tmp_path, monkeypatch):
    """The shared credentials file, with a key for the profile ``etl``."""
    file = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    file.write_text(KEY.format(id="AKIAEXAMPLE00000001"))
    return file


KEY = "[etl]\naws_access_key_id = {id}\naws_secret_access_key = canary-secret\n"


def test_what_a_profile_means_is_taken_up_where_the_shared_files_have_changed(start, credentials_file):
    agent = start(source_for=None)
    assert agent.container().json["AccessKeyId"] == "AKIAEXAMPLE00000001"
    agent.do(agent.agent.roles.follow())
    credentials_file.write_text(KEY.format(id="AKIAEXAMPLE00000002") + "# rotated\n")
    agent.do(agent.agent.roles.follow())
    assert agent.container().json["AccessKeyId"] == "AKIAEXAMPLE00000002"


@pytest.mark.parametrize("more", ["[other]\naws_access_key_id = x\n", "[not closed\n"])
def test_a_change_that_means_nothing_for_a_role_leaves_its_session(start, credentials_file, more):
    agent = start(source_for=None)
    agent.container()
    before = agent.agent.roles.get("etl").in_hand()
    credentials_file.write_text(KEY.format(id="AKIAEXAMPLE00000001") + more)
    agent.do(agent.agent.roles.follow())
    assert agent.agent.roles.get("etl").in_hand() is before
