"""docs/recipes/docker.md, without Docker: its services as processes, each path where it is mounted from."""

from __future__ import annotations

import json
import subprocess

import pytest
import yaml

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=3)]


def mounts(page, title, service):
    """What the compose file mounts into a service: {path in the container: path here}. Checks what it says besides."""
    text = yaml.safe_load(page.block(title))
    known = {"image", "command", "user", "network_mode", "environment", "volumes", "depends_on", "healthcheck"}
    assert all(set(its) <= known for its in text["services"].values())
    found = {}
    for volume in text["services"][service]["volumes"]:
        source, target = volume.split(":")[:2]
        if source.startswith("./"):
            found[target] = str(page.place(title).parent / source[2:])
        elif source.startswith("~/"):
            found[target] = str(page.home / source[2:])
        else:
            assert source in text["volumes"]
            found[target] = str(page.home / source)
    return found, text["services"][service].get("environment", {})


@pytest.fixture
def page(follow, owner, free_port):
    page = follow("docker")
    page.replaced["8099"] = str(free_port)
    return page


def inside(page, title, service="job"):
    """The variables of a service: the image's own, and what the compose file adds, at their paths here."""
    paths, variables = mounts(page, title, service)
    page.replaced.update(paths)
    bare = {
        name: value for name, value in page.environment.items() if name not in ("HOME", "AWS_EC2_METADATA_DISABLED")
    }
    return {**bare, **{name: page.here(value) for name, value in variables.items()}}


def test_a_job_is_let_in_through_the_mounted_socket(page, tool, survived, sandbox):
    tool("curl")
    variables = inside(page, "socket/compose.yaml")
    page.write()
    page.agent()
    job = page.run(["my-job"], environment=variables)
    survived(job.communicate(timeout=60)[0])


def test_another_network_namespace_has_the_socket_and_not_the_loopback(page, tool, sandbox):
    """Rootless Docker's case: root inside is the agent's own user outside."""
    curl, unshare = tool("curl"), [tool("unshare"), "--user", "--map-root-user", "--net"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets no user make a namespace")
    variables = inside(page, "socket/compose.yaml")
    page.write()
    page.agent()
    where = json.loads(page.run(["unexpired", "agent", "status", "--json"]).communicate()[0])["roles"]["etl"][
        "container"
    ]
    process = page.here(page.block("socket/aws-config")).partition("credential_process = ")[2].split()
    assert process[0] == "curl"
    answer = page.run([*unshare, curl, *process[1:]], environment=variables).communicate()[0]
    assert json.loads(answer)["AccessKeyId"] in {session.access_key_id for session in sandbox.sessions}
    assert page.run([*unshare, curl, "-sS", where["uri"]], environment=variables).wait() == 7  # could not connect


def test_a_job_is_let_in_on_the_hosts_network(page, survived):
    variables = inside(page, "host/compose.yaml")
    page.write()
    page.agent(UNEXPIRED_CONFIG=str(page.place("host/unexpired.toml")))
    job = page.run(["my-job"], environment=variables)
    survived(job.communicate(timeout=60)[0])


def test_a_job_is_let_in_by_an_agent_beside_it(page, survived):
    agent = inside(page, "beside/compose.yaml", "credentials")
    job = inside(page, "beside/compose.yaml")
    page.write()
    (page.home / "credentials").mkdir(mode=0o700)
    services = yaml.safe_load(page.block("beside/compose.yaml"))["services"]
    page.run(services["credentials"]["command"].split(), environment=agent)
    healthy = services["credentials"]["healthcheck"]["test"].split()
    while page.run(healthy, environment=agent).wait() != 0:
        assert page.started[0].poll() is None, page.started[0].stderr.read()
    survived(page.run(["my-job"], environment=job).communicate(timeout=60)[0])


def test_what_only_docker_can_run_is_known(page):
    assert all(command.startswith("docker compose -f ") for command in page.not_typed())
    assert {command.split()[3] for command in page.not_typed()} == {
        title for _, title, _ in page.blocks if title.endswith("compose.yaml")
    }
