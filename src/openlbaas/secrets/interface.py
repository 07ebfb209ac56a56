"""What the parts of this room agree on, free of the library that reads keys, which is slow to import."""


class Unreadable(Exception):
    """What is wrong with an upload, as a sentence without period and without a word of a key."""


class ReaderFailed(Exception):
    """An upload could not be read, and it was not the upload's fault."""
