"""Every transcript, played."""

from pathlib import Path

import pytest

from wire.transcript import Player

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path: Path, player: Player) -> None:
    player.play(path)
