"""A run's record as one page of HTML: no script, nothing loaded from anywhere, everything in it escaped."""

from __future__ import annotations

from ecsdeploy.report.page.document import page

__all__ = ["page"]
