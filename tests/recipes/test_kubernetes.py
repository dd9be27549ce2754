"""docs/recipes/kubernetes.md, without a cluster: its containers as processes, each path where its volume is here."""

from __future__ import annotations

import subprocess

import pytest
import yaml

pytestmark = [pytest.mark.clients, pytest.mark.sandbox(lifetime=3)]

TOKEN = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"


@pytest.fixture
def page(follow, owner, free_port):
    page = follow("kubernetes")
    page.replaced["8099"] = str(free_port)
    return page


@pytest.fixture
def pod(page):
    return yaml.safe_load_all(page.block("job.yaml"))


def test_kubectl_reads_the_file(page, tool, tmp_path):
    (tmp_path / "job.yaml").write_text(page.block("job.yaml"))
    (tmp_path / "kustomization.yaml").write_text("resources: [job.yaml]\n")
    done = subprocess.run(
        [tool("kubectl"), "kustomize", str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_every_path_of_a_container_is_mounted_into_it(pod):
    config, job = pod
    spec = job["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert volumes["config"]["configMap"]["name"] == config["metadata"]["name"]
    for container in (*spec["initContainers"], *spec["containers"]):
        mounted = [mount["mountPath"] for mount in container["volumeMounts"]]
        assert {mount["name"] for mount in container["volumeMounts"]} <= set(volumes)
        said = [variable["value"] for variable in container["env"]] + container["command"]
        paths = [word for word in said if word.startswith("/")]
        assert all(any(path.startswith(f"{folder}/") for folder in mounted) for path in paths)
    assert job["spec"]["template"]["metadata"]["annotations"]["eks.amazonaws.com/skip-containers"] == "job"


def test_the_job_is_the_other_accounts_role(page, sandbox, survived, tmp_path):
    sandbox.role("pod", account="111122223333", trusts=[sandbox.issuer])
    sandbox.role("warehouse-writer", account="444455556666", trusts=["111122223333"])
    (tmp_path / "token").write_text(sandbox.web_identity_token())
    for folder in ("config", "door"):
        (tmp_path / folder).mkdir(mode=0o700)
    page.replaced |= {
        TOKEN: str(tmp_path / "token"),
        "/etc/unexpired": str(tmp_path / "config"),
        "/run/unexpired": str(tmp_path / "door"),
    }
    config, job = yaml.safe_load_all(page.block("job.yaml"))
    for name, text in config["data"].items():
        (tmp_path / "config" / name).write_text(text)
    spec = job["spec"]["template"]["spec"]
    sidecar, container = spec["initContainers"][0], spec["containers"][0]
    agent = page.run(sidecar["command"], **variables(sidecar))
    while page.run(sidecar["startupProbe"]["exec"]["command"], **variables(sidecar)).wait() != 0:
        assert agent.poll() is None, agent.stderr.read()
    survived(page.run(container["command"], **variables(container)).communicate(timeout=60)[0])
    assert {record.arn.split(":")[4] for record in sandbox.requests if record.service == "s3"} == {
        "444455556666",
        "123456789012",  # the bucket's owner made it
    }


def variables(container):
    return {variable["name"]: variable["value"] for variable in container["env"]}


def test_what_only_a_cluster_can_run_is_known(page):
    assert [command.split()[:2] for command in page.not_typed()] == [["kubectl", "apply"], ["kubectl", "exec"]]
