"""Pictures and pages."""

from wgan.report.figures import image_grid, sample_figure, save_images, to_picture
from wgan.report.levels import Column
from wgan.report.tables import Chosen, table_figure

__all__ = ["Chosen", "Column", "image_grid", "sample_figure", "save_images", "table_figure", "to_picture"]
