"""What the lab's commands raise."""


class LabError(Exception):
    """The lab cannot do what was asked; the message is for people, one line."""
