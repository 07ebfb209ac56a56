"""Reference pages say what the program says."""

import api_reference
import generated
import options_reference
import status_reference


def test_options(update_golden: bool) -> None:
    generated.check("reference/options.md", "options", options_reference.text(), update=update_golden)


def test_statuses(update_golden: bool) -> None:
    generated.check("reference/status.md", "picture", status_reference.picture(), update=update_golden)
    generated.check("reference/status.md", "table", status_reference.table(), update=update_golden)


def test_paths(update_golden: bool) -> None:
    generated.check("reference/http-api.md", "paths", api_reference.text(), update=update_golden)
