"""Models that leave their run: for other programs, and for a hub."""

from wgan.sharing.export import Exported, export

__all__ = ["Exported", "export"]
