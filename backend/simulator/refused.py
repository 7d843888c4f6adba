class Refused(ValueError):
    """The request makes no sense; the text says why and what would."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status
