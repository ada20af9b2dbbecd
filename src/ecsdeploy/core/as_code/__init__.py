"""The OIDC provider and the three roles as documents of other tools, for those who keep IAM in code."""
