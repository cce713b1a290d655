"""What every refusal has in common."""


def one_sentence(info) -> str:
    """The text of a caught error, which is one sentence."""
    text = str(info.value)
    assert text.endswith((".", "?"))
    assert "\n" not in text
    return text
