"""Word to the team: what is told, in the shape that its address takes, sent there without any influence on the run."""
