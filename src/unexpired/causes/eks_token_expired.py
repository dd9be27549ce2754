"""The bearer token of `aws eks get-token` has lapsed.

## What happened

Kubernetes was given a token instead of the command that makes one: in Terraform's `kubernetes` provider, in a
kubeconfig with `token:`, in a Helm or Python client. It is good for fifteen minutes, and the work took longer.

## Why AWS says this

The token is a presigned `GetCallerIdentity` request, which the cluster's authenticator sends to STS and takes for at
most fifteen minutes. Then the API server only says *Unauthorized*, with no reason.

## How to recognise it

*Unauthorized* or *the server has asked for the client to provide credentials* about fifteen minutes into a run that
began well; `data.aws_eks_cluster_auth` in the Terraform code; `Error: Kubernetes cluster unreachable` in the middle
of a plan.

## Cure

Give the client the command (`exec` with `aws eks get-token`) instead of the token, so that it asks anew. Not done by
`--fix`: it is your kubeconfig or Terraform code.

## Confirm

`doctor` looks into the kubeconfig for a fixed token, and at its age.

## Sources

- [Cluster authentication](https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html)
- [`aws eks get-token`](https://docs.aws.amazon.com/cli/latest/reference/eks/get-token.html)
- [Terraform: exec plugins](https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs#exec-plugins)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere
from unexpired.causes._proofs import lapsed_bearers
from unexpired.causes._surroundings import TERRAFORM

if TYPE_CHECKING:
    from unexpired.causes import Finding
    from unexpired.causes._evidence import Evidence

_OTHER_CLUSTERS = (
    "invalid bearer token",
    "service account token",
    "serviceaccount token",
    "k3s",
    "minikube",
    "microk8s",
    "x509",
    "gke_",
    "azmk8s",
)
"""A cluster of another kind, or a token of Kubernetes' own."""

_EKS = (
    "|eks|",
    "eks.amazonaws.com",
    "aws_eks_cluster",
    "eksctl",
    "aws-iam-authenticator",
    "get-token",
    ".eks.",
    "arn:aws:eks",
)


def prove(evidence: Evidence) -> Finding | None:
    """A kubeconfig holds a token, not the command that makes one, and it has lapsed."""
    seen = lapsed_bearers(evidence, "eks")
    return CAUSE.found("error", "proven", seen) if seen else None


CAUSE = Cause(
    slug="eks-token-expired",
    family="other",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.9,
            why="The cluster's token is said to have lapsed.",
            text=(
                "aws_eks_cluster_auth",
                "|eks token … expired",
                "|eks get-token … expired",
                "|eks| … token has expired",
                "|eks| … token expired",
                "aws-iam-authenticator … expired",
                "token … 15 minutes … |eks|",
                "k8s-aws-v1 … expired",
                "k8s-aws-v1 … unauthorized",
                "x-k8s-aws-id … expired",
                "x-amz-date parameter is expired",
                "input token was not properly formatted",
                "presigned … k8s-aws",
            ),
            beside=("unauthorized", "expired", "unreachable", "provide credentials", "401"),
        ),
        Sign(
            confidence=0.6,
            why="The API server stopped accepting a token in the middle of a run that had begun well.",
            text=(
                "kubernetes cluster unreachable: the server has asked for the client to provide credentials",
                "cluster unreachable … provide credentials",
                "cluster unreachable … unauthorized",
                "error: unauthorized",
                "failed to … unauthorized … helm",
                "the server has asked for the client to provide credentials",
                "unauthorized … kubernetes_",
                "kubernetes_… unauthorized",
                "helm_release … unauthorized",
            ),
            beside=(*TERRAFORM, "helm", "kubernetes_"),
            unless=(
                "githubusercontent",
                "invalid bearer token",
                "service account token",
                "k3s",
                "minikube",
                "api.github.com",
                "docker.io",
                "401 unauthorized for url",
                "dkr.ecr",
            ),
        ),
        Sign(
            confidence=0.5,
            why="The API server does not accept the token; it may have lapsed.",
            text=(
                "the server has asked for the client to provide credentials",
                "asked for the client to provide credentials",
                "failed to query with labels: unauthorized",
                # What Terraform's provider for Kubernetes was at.
                "config map: unauthorized",
                "daemonset: unauthorized",
                "deployment: unauthorized",
                "service account: unauthorized",
                "namespace: unauthorized",
                "api error: unauthorized",
            ),
            unless=_OTHER_CLUSTERS,
        ),
        Sign(
            confidence=0.35,
            why="The API server does not accept the token; it may have lapsed.",
            text=("you must be logged in to the server", "server api group list: unauthorized"),
            unless=_OTHER_CLUSTERS,
        ),
        Sign(
            confidence=0.4,
            why="Kubernetes refused a client of EKS.",
            text=("|unauthorized|",),
            beside=("aws_eks_cluster", "eksctl", "aws eks get-token", "aws-iam-authenticator", ".eks.amazonaws.com"),
            unless=("githubusercontent", "api.github.com", "dkr.ecr"),
        ),
    ),
    clues=(
        Clue(
            text=("@after-15m",),
            weight=1.5,
            why="It failed a quarter of an hour after the start: the life of such a token.",
            anywhere=True,
        ),
        Clue(
            text=("data.aws_eks_cluster_auth", "token = data", "token = ", "eks_cluster_auth"),
            weight=1.5,
            why="A fixed token is used.",
            anywhere=True,
        ),
        Clue(text=("aws-auth", "accessentr", "access entry", "mapusers", "maproles", "not mapped"), weight=-1.2),
        Clue(text=_EKS, weight=0.2),
    ),
    cure=Cure(
        summary="Give Kubernetes the command that makes a token, not the token.",
        commands=everywhere("aws eks update-kubeconfig --name CLUSTER --region REGION --profile PROFILE"),
    ),
    prove=prove,
)
