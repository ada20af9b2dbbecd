"""The job that deploys from GitHub Actions, to paste into a workflow."""

from __future__ import annotations

CREDENTIALS_ACTION = "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3"
CHECKOUT_ACTION = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"


def deploy_job(*, role: str, region: str, environment: str, command: str) -> str:
    """Return the YAML of a job that assumes `role` by GitHub's token and runs `command`; `environment` may be empty."""
    lines = [
        "permissions: {}",
        "jobs:",
        "  deploy:",
        "    name: deploy",
        "    runs-on: ubuntu-24.04",
        *([f"    environment: {environment}"] if environment else []),
        "    permissions:",
        "      contents: read # the checkout",
        "      id-token: write # the token that AWS trades for the role's credentials",
        "    steps:",
        f"      - uses: {CHECKOUT_ACTION}",
        "        with:",
        "          persist-credentials: false",
        "      # Install ecsdeploy here, from a pinned commit: its README says how.",
        f"      - uses: {CREDENTIALS_ACTION}",
        "        with:",
        f"          role-to-assume: {role}",
        f"          aws-region: {region}",
        "      - id: deploy # a later step gets its outputs by env: URL: ${{ steps.deploy.outputs.url }}",
        f"        run: exec {command}",
    ]
    return "\n".join(lines)
