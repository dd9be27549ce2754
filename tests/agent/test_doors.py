"""What each door answers to those it is for."""

from __future__ import annotations

import json
import socket


def test_the_container_door_answers_as_the_container_service_does(agent):
    answer = agent.container()
    assert answer.status == 200
    assert answer.json == {
        "AccessKeyId": "ASIAEXAMPLE00001",
        "SecretAccessKey": "canary-secret",
        "Token": "canary-token",
        "Expiration": "2026-11-21T13:00:00Z",
    }
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_socket_door_needs_no_token_and_also_says_what_a_credential_process_prints(agent):
    assert agent.unix("GET", "/credentials/etl").json["AccessKeyId"] == "ASIAEXAMPLE00001"
    assert agent.unix("GET", "/process/etl").json == {
        "Version": 1,
        "AccessKeyId": "ASIAEXAMPLE00001",
        "SecretAccessKey": "canary-secret",
        "SessionToken": "canary-token",
        "Expiration": "2026-11-21T13:00:00Z",
    }


def test_all_doors_hand_out_one_session(agent, issuer):
    token = agent.imds("PUT", "/latest/api/token", X_aws_ec2_metadata_token_ttl_seconds="60").body.decode()
    path = "/latest/meta-data/iam/security-credentials/"
    assert agent.imds("GET", path, X_aws_ec2_metadata_token=token).body == b"etl"
    body = agent.imds("GET", f"{path}etl", X_aws_ec2_metadata_token=token).json
    assert body["Code"] == "Success"
    assert body["AccessKeyId"] == agent.container().json["AccessKeyId"]
    assert issuer.calls == 1


def test_no_secret_stands_in_status_or_log(agent):
    agent.container()
    agent.container(Authorization="canary-guess")
    shown = json.dumps(agent.status(None)) + json.dumps(agent.log)
    assert "canary" not in shown
    assert agent.token() not in shown


def test_an_answer_to_head_has_no_body_that_would_be_taken_for_the_next_answer(agent):
    port = agent.port
    head = f"HEAD /credentials/etl HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head)
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    answer, _, body = received.partition(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert body == b""


def test_a_wrong_method_is_told_the_right_one(agent):
    assert agent.unix("GET", "/stop").headers["Allow"] == "POST"
    assert agent.unix("POST", "/status").headers["Allow"] == "GET"
    assert agent.unix("POST", "/credentials/etl").headers["Allow"] == "GET"
    assert agent.container(method="POST").headers["Allow"] == "GET"
    assert agent.imds("POST", "/latest/meta-data/").headers["Allow"] == "GET"
