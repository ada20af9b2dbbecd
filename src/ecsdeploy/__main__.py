"""`python -m ecsdeploy`: the same command line, for when its script is not in PATH or another Python is wanted."""

from __future__ import annotations

from ecsdeploy.start import main

if __name__ == "__main__":
    main()
