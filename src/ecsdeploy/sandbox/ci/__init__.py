"""Id tokens of other CIs than GitHub Actions, for trying whom a role lets in."""
