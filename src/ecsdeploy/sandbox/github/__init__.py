"""GitHub's part in a deployment without a stored key: its token issuer, and what its runner gives a job."""
