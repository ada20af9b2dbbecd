"""Other CIs than GitHub Actions: whose jobs may deploy, by the claims that each mints and IAM can test."""
