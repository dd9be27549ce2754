"""Kubernetes does not know the identity, though AWS does.

## What happened

The token is good and STS says who you are, but the cluster has no access entry and no `aws-auth` line for that ARN.
It answers *Unauthorized*, in the same words as for a lapsed token.

## Why AWS says this

EKS maps an IAM principal to a Kubernetes user: by access entries, or by the `aws-auth` config map. The creator of the
cluster is in from the start; everybody else must be added. The mapping wants the role's ARN without the session's
name and, in `aws-auth`, without a path.

## How to recognise it

    error: You must be logged in to the server (Unauthorized)
    the server has asked for the client to provide credentials

while `aws sts get-caller-identity` answers; right after the cluster was made by another role (a pipeline, a
colleague).

## Cure

Add an access entry for the role, or use the one that is mapped. Not done by `--fix`: it grants access.

## Confirm

Whom a cluster maps stands in the cluster. `aws eks list-access-entries` shows it to whoever may ask; `doctor` prints
whose the credentials are.

## Sources

- [Access entries](https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html)
- [Troubleshooting EKS: unauthorized or access denied](https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html)
"""

from unexpired.causes import Cause, Clue, Cure, Sign, everywhere

_LOCAL_CLUSTERS = ("k3s", "minikube", "microk8s")
"""Clusters on one's own machine, which know nothing of AWS."""

CAUSE = Cause(
    slug="identity-not-mapped",
    family="other",
    page=__doc__,
    signs=(
        Sign(
            confidence=0.6,
            why="The cluster does not know who is asking: the identity is not mapped, or the token has lapsed.",
            text=(
                "logged in to the server (unauthorized)",
                "you must be logged in to the server",
                "server api group list: unauthorized",
            ),
            unless=(
                "getting credentials: exec",
                "asked for the client to provide credentials",
                *_LOCAL_CLUSTERS,
            ),
        ),
        Sign(
            confidence=0.9,
            why="The identity is said not to be mapped.",
            text=(
                "is not mapped",
                "arn is not mapped",
                "identity is not mapped",
                "not in aws-auth",
                "aws-auth … unauthorized",
                "unauthorized … aws-auth",
                "mapusers",
                "maproles",
                "access entry … not found",
                "no access entry",
                "accessentries … unauthorized",
                "kubernetes objects … access entr",
                "your current iam principal doesnt have access to kubernetes objects",
                "current user or role does not have access to kubernetes objects",
            ),
            beside=("eks", "kube", "arn:aws", "iam", "cluster"),
        ),
        Sign(
            confidence=0.7,
            why="Kubernetes calls the identity by its ARN, so it knows it, but no access policy or group goes with it.",
            text=("is forbidden: user arn:aws", "forbidden: user arn:aws"),
        ),
        Sign(
            confidence=0.5,
            why="Kubernetes refused a client of EKS.",
            text=("(unauthorized)", "error: unauthorized", "401 unauthorized"),
            beside=("kubectl", "eksctl", "aws eks", ".eks.amazonaws.com", "aws-iam-authenticator", "kubeconfig"),
            unless=("dkr.ecr", "docker.io", "github", "npm", *_LOCAL_CLUSTERS),
        ),
        Sign(
            confidence=0.45,
            why="The cluster does not accept who is asking: the token has lapsed, or the identity is not mapped.",
            text=("asked for the client to provide credentials",),
            unless=("invalid bearer token", "service account token", "x509", *_LOCAL_CLUSTERS),
        ),
    ),
    clues=(
        Clue(text=("terraform", "helm_release", "kubernetes_", "data.aws_eks_cluster_auth", "@after-15m"), weight=-0.9),
        Clue(
            text=(
                "get-caller-identity",
                "assumed-role/",
                "cluster creator",
                "created by another",
                "aws-auth",
                "update-kubeconfig",
            ),
            weight=0.6,
            anywhere=True,
        ),
    ),
    cure=Cure(
        summary="Add an access entry for the role, or use one that is mapped.",
        commands=everywhere(
            "aws sts get-caller-identity --profile PROFILE",
            "aws eks list-access-entries --cluster-name CLUSTER",
            "aws eks create-access-entry --cluster-name CLUSTER --principal-arn ROLE_ARN",
        ),
    ),
    unprovable=("Whom a cluster maps stands in the cluster, and reading it takes the very access that is refused."),
)
