"""What README.md and docs/*.md show, as it stands there."""

import re

from poolhouse import CLIENTS

ROOT = CLIENTS.parent


def block(document, name):
    """The one block of this name in a document: the name is the word after the block's language."""
    [text] = re.findall(rf"^```\w+ {re.escape(name)}\n(.*?)^```$", (ROOT / document).read_text(), re.M | re.S)
    return text


def names(document):
    """Language and name of every block of a document; the name is empty for a block without one."""
    return re.findall(r"^```(\w+) ?([^\s]*)\n.*?^```$", (ROOT / document).read_text(), re.M | re.S)
