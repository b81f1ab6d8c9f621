"""What the stack cannot do, said in one sentence that a newcomer can act on."""

from __future__ import annotations


class StackError(Exception):
    """The message is shown as it is: a sentence in Chinese and in English where a person has to do something."""
