"""Every transcript, played."""

from pathlib import Path

import pytest

from openlbaas.identity.tokens import Tokens
from openlbaas.server.asgi import application
from openlbaas.server.watch import Watch
from wire.conftest import begun, options, tokens_file
from wire.transcript import Player
from world import world

HERE = Path(__file__).parent / "transcripts"


@pytest.mark.parametrize("path", sorted(HERE.glob("*.txt")), ids=lambda path: path.stem)
def test_transcript(path: Path, player: Player) -> None:
    player.play(path)


@pytest.mark.parametrize("path", sorted((HERE / "pending").glob("*.txt")), ids=lambda path: path.stem)
def test_transcript_where_pending_refuses(path: Path, tmp_path: Path) -> None:
    plane = world(tmp_path, refuse_while_pending=True)
    app = application(plane.services, options(tmp_path), Tokens(tokens_file(tmp_path)), Watch())
    begun(app, plane).play(path)
    app.lanes.close()
